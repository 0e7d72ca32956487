import type { ReactNode } from 'react';
import './Tag.css';

export function Tag({ tone, children }: { readonly tone: 'good' | 'bad'; readonly children: ReactNode }) {
  return <span className={`tag tag-${tone}`}>{children}</span>;
}
