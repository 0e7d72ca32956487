import './Segments.css';

interface SegmentsProps<V extends string> {
  /** The label of the choice, for screen readers. */
  readonly label: string;
  readonly name: string;
  readonly options: readonly { readonly value: V; readonly label: string }[];
  readonly value: V;
  readonly onChange: (value: V) => void;
  /** Prefix of each input's `data-testid`, followed by a hyphen and the input's value. */
  readonly testId?: string;
}

/** Options side by side, of which one is chosen. Radio buttons, so that arrow keys and screen readers work without extra code. */
export function Segments<V extends string>({ label, name, options, value, onChange, testId }: SegmentsProps<V>) {
  return (
    <div className="segments" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label className="segment" key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            data-testid={testId === undefined ? undefined : `${testId}-${option.value}`}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}
