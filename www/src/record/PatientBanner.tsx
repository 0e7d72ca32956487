import { patientAge } from '../fhir/ages';
import { codeWord } from '../fhir/codes';
import { formatDate } from '../fhir/dates';
import { medicalRecordNumber } from '../fhir/identifiers';
import { currentName, initials, nameText } from '../fhir/names';
import { Skeleton } from '../ui/Skeleton';
import { intentText } from './intent';
import { PanelFailure } from './PanelFailure';
import './PatientBanner.css';
import { usePatient } from './record';

interface PatientBannerProps {
  /** True if the EHR around this app already shows the patient, so that one line is enough. */
  readonly compact: boolean;
  /** The launch intent of the EHR. */
  readonly intent: string | null;
}

/** Identifies the patient of the record. */
export function PatientBanner({ compact, intent }: PatientBannerProps) {
  const patient = usePatient();
  const { data: resource } = patient;
  if (resource === null) {
    return (
      <header className="banner">
        {patient.status === 'error' ? (
          <PanelFailure type="Patient" error={patient.error} retry={patient.reload} />
        ) : (
          <Skeleton lines={2} label="Reading the patient" />
        )}
      </header>
    );
  }
  const name = currentName(resource.name);
  const age = patientAge(resource);
  const purpose = intentText(intent);
  if (compact) {
    return (
      <header className="banner banner-compact">
        <h1 className="banner-name" data-testid="patient-name">
          {nameText(name)}
        </h1>
        {age !== null && <span className="banner-aside">{age}</span>}
        {purpose !== null && <p className="banner-purpose">{purpose}</p>}
      </header>
    );
  }
  return (
    <header className="banner">
      <span className="banner-avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <div className="banner-identity">
        <h1 className="banner-name" data-testid="patient-name">
          {nameText(name)}
        </h1>
        <dl className="banner-facts">
          <Fact term="Born" value={formatDate(resource.birthDate)} />
          <Fact term="Age" value={age} />
          <Fact term="Sex" value={resource.gender === undefined ? null : codeWord(resource.gender)} />
          <Fact term="MRN" value={medicalRecordNumber(resource.identifier)} code />
        </dl>
        {purpose !== null && <p className="banner-purpose">{purpose}</p>}
      </div>
    </header>
  );
}

function Fact({ term, value, code = false }: { term: string; value: string | null; code?: boolean }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd className={code ? 'code' : undefined}>{value ?? 'not recorded'}</dd>
    </div>
  );
}
