// @ts-nocheck
// Quantities in centimetres and kilograms.

import { refusal } from './refusal.js';

const CENTIMETRES = { cm: 1, m: 100, in: 2.54, '[in_us]': 2.54, '[in_i]': 2.54, ft: 30.48, '[ft_us]': 30.48 };

export const units = {
  cm({ code, value }) {
    const length = number(value, code);
    if (!Object.hasOwn(CENTIMETRES, code)) throw unknown('length', code);
    return length * CENTIMETRES[code];
  },
  kg({ code, value }) {
    const weight = number(value, code);
    if (code === 'kg') return weight;
    if (code === 'g') return weight / 1_000;
    if (/lb/.test(code)) return weight / 2.20462;
    if (/oz/.test(code)) return weight / 35.274;
    throw unknown('weight', code);
  },
  any: ({ code, value }) => number(value, code),
};

function number(value, code) {
  if (typeof value === 'number') return value;
  throw refusal(`Found a non-numerical unit: ${value} ${code}`, 'Give a Quantity with a `value`.');
}

const unknown = (kind, code) => refusal(`Unrecognized ${kind} unit: ${code}`, 'Convert it in the app.');
