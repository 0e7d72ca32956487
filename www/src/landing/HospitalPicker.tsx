import { useEffect, useState } from 'react';
import type { SmartClient } from 'smart-launch';
import type { Brand, BrandSearch } from 'smart-launch/brands';
import { TechnicalDetails } from '../errors/TechnicalDetails';
import { Button } from '../ui/Button';
import { Combobox } from '../ui/Combobox';
import { Skeleton } from '../ui/Skeleton';
import './HospitalPicker.css';
import { loadOrganizations, permittedEndpoint, placeOf } from './organizations';

interface HospitalPickerProps {
  readonly client: SmartClient;
  /** The FHIR base URLs of the servers at which this app is registered. */
  readonly permitted: readonly string[];
  readonly onSignIn: (fhirBaseUrl: string) => void;
}

/** Searches for the user's hospital in the server's bundle of user-access brands, and signs in at its FHIR server. */
export default function HospitalPicker({ client, permitted, onSignIn }: HospitalPickerProps) {
  const [attempt, setAttempt] = useState(0);
  const [search, setSearch] = useState<BrandSearch | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [selected, setSelected] = useState<Brand | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setError(null);
    loadOrganizations(client, signal).then(
      (brandSearch) => signal.aborted || setSearch(() => brandSearch),
      (reason: unknown) => signal.aborted || setError(reason ?? new Error('The list could not be loaded.')),
    );
    return () => controller.abort();
  }, [client, attempt]);

  if (error !== null) {
    return (
      <div className="picker" role="alert" data-testid="picker-failure">
        <p>The list of organizations could not be loaded.</p>
        <Button onClick={() => setAttempt(attempt + 1)}>Try again</Button>
        <TechnicalDetails error={error} />
      </div>
    );
  }
  if (search === null) return <Skeleton lines={2} label="Loading the organizations" />;
  return (
    <div className="picker">
      <Combobox
        label="Name, city or postal code"
        search={search}
        keyOf={({ id }: Brand) => id}
        nameOf={({ name }) => name}
        onChoose={setSelected}
        testId="picker"
      >
        {(brand) => <Organization brand={brand} />}
      </Combobox>
      {/* A live region has to be in the page before its content, or screen readers do not read it. */}
      <div aria-live="polite">
        {selected !== null && (
          <Choice brand={selected} fhirBaseUrl={permittedEndpoint(selected, permitted)?.fhirBaseUrl} onSignIn={onSignIn} />
        )}
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly brand: Brand;
  /** The server at which this app may sign in; `undefined` if it is not registered there. */
  readonly fhirBaseUrl: string | undefined;
  readonly onSignIn: (fhirBaseUrl: string) => void;
}

function Choice({ brand, fhirBaseUrl, onSignIn }: ChoiceProps) {
  return (
    <div className="picker-choice" data-testid="picker-choice">
      <Organization brand={brand} />
      {fhirBaseUrl === undefined ? (
        <p>This app is not registered at the server of this organization, so you cannot sign in there.</p>
      ) : (
        <Button onClick={() => onSignIn(fhirBaseUrl)} data-testid="picker-sign-in">
          Sign in at {brand.name}
        </Button>
      )}
    </div>
  );
}

function Organization({ brand }: { readonly brand: Brand }) {
  return (
    <span className="organization">
      <Logo key={brand.id} url={brand.logo} name={brand.name} />
      <span className="organization-text">
        <span className="organization-name">{brand.name}</span>
        <span className="organization-place">{placeOf(brand)}</span>
      </span>
    </span>
  );
}

/** The logo, or the first letter of the name if there is none. It has no alternative text, because the name is beside it. */
function Logo({ url, name }: { readonly url: string | undefined; readonly name: string }) {
  const [failed, setFailed] = useState(false);
  if (url === undefined || failed) {
    return (
      <span className="organization-logo" aria-hidden="true">
        {[...name][0]}
      </span>
    );
  }
  return <img className="organization-logo" src={url} alt="" referrerPolicy="no-referrer" onError={() => setFailed(true)} />;
}
