import './Segments.css';

interface SegmentsProps<V extends string> {
  /** What is chosen, for those who do not see it. */
  readonly label: string;
  readonly name: string;
  readonly options: readonly { readonly value: V; readonly label: string }[];
  readonly value: V;
  readonly onChange: (value: V) => void;
  /** Gives each input a `data-testid` of this, a hyphen and its value. */
  readonly testId?: string;
}

/** A choice of one, side by side. Radio buttons underneath, so arrow keys and screen readers work by themselves. */
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
