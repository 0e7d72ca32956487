import { useId, type ReactNode } from 'react';
import './RailSection.css';

interface RailSectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

export function RailSection({ title, children }: RailSectionProps) {
  const heading = useId();
  return (
    <section className="rail-section" aria-labelledby={heading}>
      <h2 className="rail-title" id={heading}>
        {title}
      </h2>
      {children}
    </section>
  );
}
