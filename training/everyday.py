"""Clean talk from many services, written for this project: templates with slots, filled at random with a
fixed seed.

Shops write about things that no corpus holds. Without such lines a model takes any unusual question of a
seller, or any sum of money, for a violation.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path

COPIES = 6  # fillings of each template
SLOT = re.compile(r"\{(\w+)\}")

SLOTS = {
    "city": (
        "Boston,Portland,San Jose,Chicago,Austin,"
        "Paris,Tokyo,Denver,Seattle,Toronto,"
        "London,Berkeley,Oakland,Miami"
    ),
    "place": (
        "Blue Lantern,The Olive Tree,Harbor Grill,Nine Dragons,Casa Luna,"
        "Old Mill Cafe,Sunset Diner,Green Leaf"
    ),
    "hotel": "Grand Plaza,Lakeside Inn,Hotel Aurora,The Wellington,Park View Suites,Cedar Lodge",
    "film": "Northern Lights,The Last Harvest,Blue Monday,City of Glass,Paper Boats,Midnight Train",
    "artist": "the Rolling Tides,Nora Blake,DJ Comet,The Maple Quartet,Luis Ortega,Silver Foxes",
    "food": "pizza,sushi,ramen,tacos,a veggie burger,pad thai,a chicken salad,dumplings,paella,lamb curry",
    "cuisine": "Italian,Mexican,Thai,Indian,Korean,French,Greek,Vietnamese,Ethiopian",
    "day": (
        "Monday,Tuesday,Wednesday,Thursday,Friday,"
        "Saturday,Sunday,tomorrow,the 3rd,March 8th,"
        "next week,tonight"
    ),
    "time": "7 pm,6:30,half past ten,noon,11:45 am,8:15 in the evening,quarter to nine,5 o'clock,2:10 pm",
    "n": "2,3,4,5,6,1,10,12,20",
    "sum": "$10,$45,$120,12 dollars,$8.50,250 USD,$1340,35 euros,$79.99,around 60 dollars,18 pounds",
    "car": "a compact car,an SUV,a hatchback,a minivan,a sedan,a pickup",
    "doctor": "dentist,dermatologist,eye doctor,pediatrician,physiotherapist,family doctor,vet",
    "thing": (
        "mug,backpack,lamp,dress,phone case,drill,keyboard,bike helmet,tent,blender,sofa,yoga mat,kettle"
    ),
    "colour": "black,blue,green,grey,red,beige,white,navy",
    "weather": "sunny,cloudy,rainy with strong wind,cold and clear,about 71 degrees,humid and warm",
    "song": "Golden Hour,River Song,Fading Stars,Paper Moon,Slow Dance",
    "name": "Anna,Mr. Chen,Rosa,David,Priya,Tom,Mei,Fatima,Jonas,Ms. Rivera",
    "street": "12 Oak Street,44 Main Street,the corner of 5th and Pine,880 Lake Avenue",
    "app": "the calendar,the map,the music player,the TV in the living room,your speaker,the thermostat",
}

# Lines of whoever serves: read as a seller's. Lines of whoever is served: read as a customer's, now and then
# a seller's.
FILES = (("seller", "everyday-serving.txt"), ("customer", "everyday-served.txt"))


def everyday_lines(seed: int) -> Iterator[tuple[str, str]]:
    """(role, line), each line once.

    Serving lines are a seller's; served lines a customer's, one in three a seller's.
    """
    chance = random.Random(seed)
    seen: set[tuple[str, str]] = set()
    for role, name in FILES:
        for template in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
            for _ in range(COPIES if SLOT.search(template) else 1):
                line = SLOT.sub(lambda slot: chance.choice(SLOTS[slot.group(1)].split(",")), template)
                line = line if chance.random() < 0.75 else line.lower().rstrip(".")
                speaker = "seller" if role == "customer" and chance.random() < 1 / 3 else role
                if (speaker, line) not in seen:
                    seen.add((speaker, line))
                    yield speaker, line
