// The check digit of a block, as activation_core/blocks.py has it (a test holds the two together): H. M. Damm's
// quasigroup, started at the block's place, so that a block in the wrong box does not fit either.

const QUASIGROUP = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
];

export const LENGTH = 7;

/** Whether these are seven digits that belong together, and at this place (from 1). */
export function fits(digits, place) {
  if (!/^[0-9]{7}$/.test(digits)) return false;
  let state = place % 10;
  for (const digit of digits) state = Number(QUASIGROUP[state][Number(digit)]);
  return state === 0;
}
