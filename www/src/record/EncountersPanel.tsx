import { useState } from 'react';
import { codeWord, conceptText } from '../fhir/codes';
import { formatDate, readDate } from '../fhir/dates';
import { Button } from '../ui/Button';
import { Tag } from '../ui/Tag';
import { Entry } from './Entry';
import { Panel } from './Panel';
import { usePatientSearch, useRecord } from './record';

/** The latest visits; older ones on demand. */
export function EncountersPanel() {
  const encounters = usePatientSearch('Encounter', '_sort=-date&_count=50');
  return (
    <Panel title="Recent encounters" type="Encounter" read={encounters} empty="No encounters are recorded.">
      {(items) => <Encounters items={items} />}
    </Panel>
  );
}

function Encounters({ items }: { items: readonly fhir4.Encounter[] }) {
  const { inContext } = useRecord();
  const [showsAll, setShowsAll] = useState(false);
  const sorted = items.toSorted(newestFirst);
  return (
    <>
      <ul className="entries">
        {(showsAll ? sorted : sorted.slice(0, INITIAL_COUNT)).map((encounter) => (
          <Entry
            key={encounter.id}
            title={conceptText(encounter.type?.[0]) ?? encounter.class.display ?? 'Encounter'}
            mark={inContext.includes(`Encounter/${encounter.id}`) ? <Tag tone="good">This visit</Tag> : null}
            detail={details(encounter)}
            aside={formatDate(encounter.period?.start)}
          />
        ))}
      </ul>
      {sorted.length > INITIAL_COUNT && (
        <Button kind="quiet" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? 'Show the latest only' : `Show all ${sorted.length}`}
        </Button>
      )}
    </>
  );
}

function details(encounter: fhir4.Encounter): string {
  const reason = conceptText(encounter.reasonCode?.[0]);
  const kind = reason ?? codeWord(encounter.class.display ?? encounter.status);
  return [kind, encounter.serviceProvider?.display].filter(Boolean).join(' · ');
}

/** Sorted here as well, because a server may ignore `_sort`. */
function newestFirst(a: fhir4.Encounter, b: fhir4.Encounter): number {
  return (readDate(b.period?.start)?.getTime() ?? 0) - (readDate(a.period?.start)?.getTime() ?? 0);
}

const INITIAL_COUNT = 5;
