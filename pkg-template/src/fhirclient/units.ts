// Converts quantities to centimetres and kilograms.

import { refusal } from './refusal.js';

export interface CodeValue {
  code: string;
  value: number;
}

export interface Units {
  cm(quantity: CodeValue): number;
  kg(quantity: CodeValue): number;
  any(quantity: CodeValue): number;
}

const CENTIMETRES: Record<string, number> = { cm: 1, m: 100, in: 2.54, '[in_us]': 2.54, '[in_i]': 2.54, ft: 30.48, '[ft_us]': 30.48 };

/** @internal */
export const units: Units = {
  cm({ code, value }) {
    const length = numberOf(value, code);
    const centimetres = Object.hasOwn(CENTIMETRES, code) && CENTIMETRES[code];
    if (!centimetres) throw unknownUnit('length', code);
    return length * centimetres;
  },
  kg({ code, value }) {
    const weight = numberOf(value, code);
    if (code === 'kg') return weight;
    if (code === 'g') return weight / 1_000;
    if (/lb/.test(code)) return weight / 2.20462;
    if (/oz/.test(code)) return weight / 35.274;
    throw unknownUnit('weight', code);
  },
  any: ({ code, value }) => numberOf(value, code),
};

function numberOf(value: unknown, code: string): number {
  if (typeof value === 'number') return value;
  throw refusal(`Found a non-numerical unit: ${value} ${code}`, 'Pass a Quantity with a `value`.');
}

const unknownUnit = (kind: string, code: string) => refusal(`Unrecognized ${kind} unit: ${code}`, 'Convert it in the app.');
