/** Quiet hours of notices, what the browser knows of a file, and the bytes of a transcript that are signed. */

import { refusalOf } from "../../static/js/files.js";
import { isBetween } from "../../static/js/notices.js";
import { canonical, parts } from "../../static/js/verify.js";
import { equal, test } from "./harness.mjs";

const WORDS = { fileEmpty: "empty", fileKind: "kind", fileTooBig: "{size} of {limit}" };
const MIB = 1_048_576;

test("quiet hours may go over midnight, and none is none", () => {
  const inside = (clock) => isBetween(clock, "22:00", "07:00");
  equal(["21:59", "22:00", "03:00", "06:59", "07:00"].map(inside), [false, true, true, true, false]);
  equal(isBetween("12:00", "09:00", "17:00"), true);
  equal(isBetween("09:00", "09:00", "09:00"), false);
});

test("a file is refused for what the browser knows, and tried when it knows nothing", () => {
  equal(refusalOf({ size: 0, type: "image/png" }, WORDS), "empty");
  equal(refusalOf({ size: 9, type: "application/zip" }, WORDS), "kind");
  equal(refusalOf({ size: 9, type: "" }, WORDS), "");
  equal(refusalOf({ size: 50 * MIB, type: "video/mp4" }, WORDS), "");
  equal(refusalOf({ size: 51 * MIB, type: "video/webm" }, WORDS), "51 MB of 50 MB");
  equal(refusalOf({ size: 11 * MIB, type: "application/pdf" }, WORDS), "11 MB of 10 MB");
});

test("the canonical form is that of the server: sorted, without spaces, nothing escaped that need not be", () => {
  const value = { b: [1, null, true, { z: "é\u2028", a: "\"\n\u0001" }], a: "退款" };
  equal(canonical(value), '{"a":"退款","b":[1,null,true,{"a":"\\"\\n\\u0001","z":"é\u2028"}]}');
});

test("the parts of both forms, and the last signature of a text counts", () => {
  const text = "hello\n    -----BEGIN PARLEY SIGNATURE-----\n    Key: 0\n-----BEGIN PARLEY SIGNATURE-----\nKey: ab\nEd25519: QQ==\n";
  const found = parts(text);
  equal([found.keyId, found.value, found.signed.endsWith("Key: 0\n")], ["ab", "QQ==", true]);
  const json = JSON.stringify({ transcript: { b: 1, a: 2 }, signature: { key_id: "cd", value: "Qg==" } });
  equal(parts(json), { signed: '{"a":2,"b":1}', keyId: "cd", value: "Qg==" });
});
