/** Formats a number for display, with at most `digits` decimals. */
export function formatNumber(value: number, digits = 1): string {
  return new Intl.NumberFormat('en-GB', { maximumFractionDigits: digits }).format(value);
}

/** A quantity's unit for display: "mmHg" rather than UCUM's "mm[Hg]". */
export function unitText(quantity: fhir4.Quantity): string {
  const unit = quantity.unit ?? quantity.code ?? '';
  return READABLE[unit] ?? unit;
}

const READABLE: Readonly<Record<string, string>> = {
  'mm[Hg]': 'mmHg',
  '/min': 'per minute',
  'beats/minute': 'per minute',
  'beats/min': 'per minute',
  'breaths/minute': 'per minute',
  'breaths/min': 'per minute',
  Cel: '°C',
  '[degF]': '°F',
  '[lb_av]': 'lb',
  '[in_i]': 'in',
};
