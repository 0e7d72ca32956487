import { readDate } from './dates';

/** Age at a given time, as text: "38 years", "14 months", "9 days". `null` without a birth date. */
export function ageText(birthDate: string | undefined, at: Date = new Date()): string | null {
  const born = readDate(birthDate);
  if (born === null || born > at) return null;
  const months = monthsBetween(born, at);
  if (months >= 24) return `${Math.floor(months / 12)} years`;
  if (months >= 2) return `${months} months`;
  const days = Math.floor((at.getTime() - born.getTime()) / 86_400_000);
  return days === 1 ? '1 day' : `${days} days`;
}

/** Age of a patient; age at death if the patient has died. */
export function patientAge(patient: fhir4.Patient): string | null {
  const died = readDate(patient.deceasedDateTime);
  if (died !== null) return `${ageText(patient.birthDate, died) ?? 'age unknown'} (died)`;
  return ageText(patient.birthDate);
}

function monthsBetween(from: Date, to: Date): number {
  const months = (to.getFullYear() - from.getFullYear()) * 12 + to.getMonth() - from.getMonth();
  return to.getDate() < from.getDate() ? months - 1 : months;
}
