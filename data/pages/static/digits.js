// The digits of what somebody typed or pasted, as forgiving as activation_core/blocks.py: any separators, any
// script's digits, letters that look like digits.

const LOOKALIKES = { O: "0", Q: "0", D: "0", I: "1", L: "1", Z: "2", S: "5", G: "6", B: "8" };

/** "123 4567", "١٢٣٤٥٦٧" and "l23-4567" alike give "1234567". */
export function digitsOf(text) {
  return words(text).map(digitsOfWord).join("");
}

/** Blocks are often numbered where they are copied from: "1 123 4567 2 …". As blocks.unnumbered in Python. */
export function unnumbered(digits, count) {
  const length = digits.length / count;
  const numbers = Array.from({ length: count }, (_, index) => digits[index * length]);
  const areNumbered = count < 10 && length === 8 && numbers.every((number, index) => number === String(index + 1));
  return areNumbered ? digits.match(/\d{8}/g).map((each) => each.slice(1)).join("") : digits;
}

/** In "Alpha 123 4567" the name is no part of the code; a word of look-alikes only, such as "OOO", is. */
function words(text) {
  const all = text.normalize("NFKC").toUpperCase().match(/[\p{L}\p{Nd}]+/gu) ?? [];
  return all.filter((word) => /\p{Nd}/u.test(word) || [...word].every((letter) => letter in LOOKALIKES));
}

function digitsOfWord(word) {
  return [...word].map((character) => LOOKALIKES[character] ?? value(character)).join("");
}

/** Unicode keeps the digits of a script side by side, 0 to 9, so a digit's value is its place in the row. */
function value(character) {
  const code = character.codePointAt(0);
  if (!isDigit(code)) return "";
  let place = 0;
  while (isDigit(code - place - 1)) place += 1;
  return String(place % 10);
}

function isDigit(code) {
  return /\p{Nd}/u.test(String.fromCodePoint(code));
}
