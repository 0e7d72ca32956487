import { codeIn, conceptText, LOINC } from './codes';
import { readDate } from './dates';
import { unitText } from './quantities';

/** One vital sign over time: a line, or two for blood pressure. */
export interface VitalSign {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly lines: readonly VitalLine[];
  /** Oldest first. */
  readonly points: readonly VitalPoint[];
}

export interface VitalLine {
  readonly id: string;
  readonly label: string;
  /** The server's normal range, from the newest observation that has one. */
  readonly normal: { readonly low?: number; readonly high?: number } | null;
}

export interface VitalPoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly date: string;
  readonly values: Readonly<Record<string, number>>;
}

interface Reading {
  readonly code: string;
  readonly label: string;
  readonly quantity: fhir4.Quantity;
  readonly normal: VitalLine['normal'];
}

/**
 * Groups observations by vital sign. A vital sign measured in two units becomes two: one line with both units would be
 * wrong, and this page does not convert units.
 */
export function vitalSigns(observations: readonly fhir4.Observation[]): VitalSign[] {
  const signs = new Map<string, { label: string; unit: string; lines: Map<string, VitalLine>; points: VitalPoint[] }>();
  for (const observation of observations) {
    const date = observation.effectiveDateTime ?? observation.effectivePeriod?.start ?? observation.effectiveInstant;
    const at = readDate(date)?.getTime();
    if (date === undefined || at === undefined || RETRACTED.has(observation.status)) continue;
    const readings = readingsOf(observation);
    const [firstReading] = readings;
    if (firstReading === undefined) continue;
    const code = codeIn(observation.code, LOINC) ?? conceptText(observation.code) ?? 'unknown';
    const unit = unitText(firstReading.quantity);
    const id = `${code} ${unit}`;
    const label = LABELS[code] ?? conceptText(observation.code) ?? code;
    const sign = signs.get(id) ?? { label, unit, lines: new Map<string, VitalLine>(), points: [] };
    signs.set(id, sign);
    for (const { code: line, label: lineLabel, normal } of readings) {
      const existing = sign.lines.get(line);
      sign.lines.set(line, { id: line, label: lineLabel, normal: existing?.normal ?? normal });
    }
    const values = Object.fromEntries(readings.map((reading) => [reading.code, reading.quantity.value ?? 0]));
    sign.points.push({ at, date, values });
  }
  return [...signs]
    .map(([id, sign]) => ({
      id,
      label: sign.label,
      unit: sign.unit,
      lines: [...sign.lines.values()],
      points: sign.points.sort((a, b) => a.at - b.at),
    }))
    .sort((a, b) => rank(a.id) - rank(b.id) || a.label.localeCompare(b.label));
}

/** The numbers in one observation: its value, or the values of its components, as in a blood pressure. */
function readingsOf(observation: fhir4.Observation): Reading[] {
  const parts = observation.valueQuantity === undefined ? (observation.component ?? []) : [observation];
  return parts.flatMap((part) => {
    const quantity = part.valueQuantity;
    if (quantity?.value === undefined) return [];
    const code = codeIn(part.code, LOINC) ?? conceptText(part.code) ?? 'value';
    return [{ code, label: LABELS[code] ?? conceptText(part.code) ?? code, quantity, normal: normalRange(part) }];
  });
}

function normalRange(part: fhir4.Observation | fhir4.ObservationComponent): VitalLine['normal'] {
  const range = part.referenceRange?.[0];
  const low = range?.low?.value;
  const high = range?.high?.value;
  if (low === undefined && high === undefined) return null;
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

function rank(id: string): number {
  const index = ORDER.indexOf(id.split(' ')[0] ?? '');
  return index === -1 ? ORDER.length : index;
}

const RETRACTED: ReadonlySet<string> = new Set(['cancelled', 'entered-in-error']);

const LABELS: Readonly<Record<string, string>> = {
  '85354-9': 'Blood pressure',
  '8480-6': 'Systolic',
  '8462-4': 'Diastolic',
  '8867-4': 'Heart rate',
  '29463-7': 'Weight',
  '8302-2': 'Height',
  '39156-5': 'BMI',
  '8310-5': 'Temperature',
  '2708-6': 'Oxygen saturation',
  '59408-5': 'Oxygen saturation',
  '9279-1': 'Breathing rate',
};

const ORDER: readonly string[] = Object.keys(LABELS);
