/** Checks a transcript in the browser, so that the file does not leave it. Without Ed25519 here the form is sent. */

import { h, icon } from "./dom.js";

const MARK = "-----BEGIN PARLEY SIGNATURE-----";

/** Keys sorted, no spaces: the bytes that were signed. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** {signed, keyId, value}; throws for anything that is no transcript. */
export function parts(text) {
  if (!text.includes(MARK)) {
    const { transcript, signature } = JSON.parse(text);
    return { signed: canonical(transcript), keyId: signature.key_id, value: signature.value };
  }
  const at = text.lastIndexOf(MARK);
  const field = (name) => text.slice(at).match(new RegExp(`^${name}: (.+)$`, "m"))[1];
  return { signed: text.slice(0, at), keyId: field("Key"), value: field("Ed25519") };
}

async function isGenuine({ signed, keyId, value }, keys) {
  const published = keys.find((key) => key.key_id === keyId);
  if (!published) return false;
  const key = await crypto.subtle.importKey("raw", bytes(published.public_key), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, bytes(value), new TextEncoder().encode(signed));
}

async function hasEd25519() {
  try {
    return Boolean(await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]));
  } catch {
    return false;
  }
}

async function wire(form) {
  if (!globalThis.crypto?.subtle || !(await hasEd25519())) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const result = form.querySelector("[data-result]");
    const file = form.elements.file.files[0];
    let found = null;
    try {
      found = parts(await file.text());
      const { keys } = await (await fetch(form.dataset.keys)).json();
      if (!(await isGenuine(found, keys))) found = null;
    } catch {
      found = null;
    }
    result.replaceChildren(
      found ? h("p", { class: "ok-line" }, icon("check"), form.dataset.good.replace("{key}", found.keyId))
        : h("p", { class: "field-error" }, icon("alert", "i-s"), form.dataset.bad),
      h("p", { class: "small soft" }, form.dataset.local));
  });
}

const form = typeof document === "undefined" ? null : document.querySelector("form[data-verify]");
if (form) wire(form);
