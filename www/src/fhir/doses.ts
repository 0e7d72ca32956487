import { conceptText } from './codes';
import { formatNumber, unitText } from './quantities';

/** The dosage of a medication, in one line; `null` if the request has none. */
export function dosageText(dosages: readonly fhir4.Dosage[] = []): string | null {
  const lines = dosages.map((dosage) => dosage.text ?? spelledOut(dosage)).filter(Boolean);
  return lines.length === 0 ? null : lines.join('; then ');
}

function spelledOut(dosage: fhir4.Dosage): string {
  const dose = dosage.doseAndRate?.[0]?.doseQuantity;
  const amount = dose?.value === undefined ? null : `${formatNumber(dose.value, 3)} ${unitText(dose)}`.trim();
  const frequency = conceptText(dosage.timing?.code) ?? repeatText(dosage.timing?.repeat);
  const asNeeded = dosage.asNeededBoolean === true ? 'when needed' : null;
  return [amount, frequency, conceptText(dosage.route), asNeeded].filter(Boolean).join(', ');
}

function repeatText(repeat: fhir4.TimingRepeat | undefined): string | null {
  if (repeat?.frequency === undefined || repeat.periodUnit === undefined) return null;
  const unit = PERIODS[repeat.periodUnit];
  const times = repeat.frequency === 1 ? 'once' : `${repeat.frequency} times`;
  const period = repeat.period ?? 1;
  return period === 1 ? `${times} every ${unit}` : `${times} every ${period} ${unit}s`;
}

const PERIODS = { s: 'second', min: 'minute', h: 'hour', d: 'day', wk: 'week', mo: 'month', a: 'year' } as const;
