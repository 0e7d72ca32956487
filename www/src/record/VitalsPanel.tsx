import { lazy, Suspense, useMemo, useState } from 'react';
import { vitalSigns, type VitalSign } from '../fhir/vitals';
import { Button } from '../ui/Button';
import { Segments } from '../ui/Segments';
import { Panel } from './Panel';
import { usePatientSearch } from './record';
import { VitalsReadout } from './VitalsReadout';
import './VitalsPanel.css';
import { VitalsTable } from './VitalsTable';

// The chart library is larger than the rest of the page, so it is loaded only when there is data to draw.
const VitalsChart = lazy(() => import('./VitalsChart'));

/** Vital signs over time, one at a time. */
export function VitalsPanel() {
  const observations = usePatientSearch('Observation', 'category=vital-signs&_sort=-date&_count=100');
  return (
    <Panel
      title="Vital signs"
      type="Observation"
      read={observations}
      showsCount={false}
      empty="No vital signs are recorded."
    >
      {(items) => <Vitals observations={items} />}
    </Panel>
  );
}

function Vitals({ observations }: { observations: readonly fhir4.Observation[] }) {
  const signs = useMemo(() => vitalSigns(observations), [observations]);
  const [selectedId, selectId] = useState<string | null>(null);
  const [showsTable, setShowsTable] = useState(false);
  const sign = signs.find(({ id }) => id === selectedId) ?? signs[0];
  if (sign === undefined) return <p className="panel-empty">The vital signs recorded here have no numbers.</p>;
  return (
    <div className="vitals">
      <Segments
        label="Vital sign"
        name="vital-sign"
        options={signs.map(({ id, label }) => ({ value: id, label: uniqueLabel(signs, id, label) }))}
        value={sign.id}
        onChange={selectId}
      />
      <div className="vitals-head">
        <VitalsReadout sign={sign} />
        <Button kind="quiet" aria-expanded={showsTable} onClick={() => setShowsTable(!showsTable)}>
          {showsTable ? 'Hide the table' : 'Show as a table'}
        </Button>
      </div>
      <figure
        className="vitals-chart"
        data-testid="vitals-chart"
        aria-label={`${sign.label} over time, in ${sign.unit}`}
      >
        <Suspense fallback={<div className="vitals-canvas" />}>
          <VitalsChart sign={sign} />
        </Suspense>
      </figure>
      {showsTable && <VitalsTable sign={sign} />}
    </div>
  );
}

/** A vital sign measured in two units appears twice, with the unit in its name. */
function uniqueLabel(signs: readonly VitalSign[], id: string, label: string): string {
  const sameLabel = signs.filter((sign) => sign.label === label);
  const unit = sameLabel.find((sign) => sign.id === id)?.unit;
  return sameLabel.length > 1 && unit !== undefined ? `${label} (${unit})` : label;
}
