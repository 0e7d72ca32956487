import './Skeleton.css';

/** Stands where text will be. `label` is what a screen reader says meanwhile. */
export function Skeleton({ lines, label }: { readonly lines: number; readonly label: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span className="skeleton-line" key={line} />
      ))}
    </div>
  );
}
