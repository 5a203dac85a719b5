"""``make faults``: the promise of ``docs/websocket.md`` under kill -9, lost servers and a bad network."""
