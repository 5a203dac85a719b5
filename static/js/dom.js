/** Building DOM without markup strings: every text becomes a text node. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("p", {class: "small", "data-x": 1, hidden: true}, "text", child, null). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `i ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** The 4 px bar of an inbox row: how much of the time to answer has gone, 0 to 1. */
export function clockBar(share, isSoon) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `mini ${isSoon ? "st-soon" : "st-run"}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("width", "100%");
  svg.setAttribute("height", "4");
  for (const [css, width] of [["st-track", 100], ["st-fill", Math.max(1.5, Math.min(100, share * 100))]]) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", css);
    rect.setAttribute("width", `${width}%`);
    rect.setAttribute("height", "4");
    rect.setAttribute("rx", "2");
    svg.append(rect);
  }
  return svg;
}

export function jsonOf(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
}

/** Bring a parent's children into the given order, moving as little as possible. */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const element of wanted) {
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}
