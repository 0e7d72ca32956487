import type { SmartSession } from 'smart-launch';
import './SessionFacts.css';

/** The facts of this session, most of them from the token response. */
export function SessionFacts({ session }: { readonly session: SmartSession }) {
  const context = session.fhirContext.map((item) => item.reference ?? item.canonical ?? item.type ?? item.role);
  const user = session.fhirUser?.split('/').slice(-2).join('/') ?? null;
  return (
    <dl className="facts" data-testid="session-facts">
      <Fact term="Signed in as" value={user} />
      <Fact term="Server" value={session.serverUrl} />
      <Fact term="Issuer" value={session.issuer} />
      <Fact term="Client" value={session.clientId} />
      <Fact term="Patient" value={session.patient} />
      <Fact term="Encounter" value={session.encounter} />
      <Fact term="Also in context" value={context.join(', ') || null} />
      <Fact term="Intent" value={session.intent} />
      <Fact term="Tenant" value={session.tenant} />
      <Fact term="Survives a reload" value={session.persisted ? 'yes' : 'no'} />
    </dl>
  );
}

function Fact({ term, value }: { term: string; value: string | null }) {
  if (value === null) return null;
  return (
    <div className="fact">
      <dt>{term}</dt>
      <dd className="code">{value}</dd>
    </div>
  );
}
