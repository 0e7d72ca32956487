import type { ComponentProps } from 'react';
import './Button.css';

/** A link that looks like a button, for navigation rather than actions. */
export function ButtonLink({ kind = 'plain', ...rest }: ComponentProps<'a'> & { readonly kind?: 'main' | 'plain' }) {
  return <a className={`button button-${kind}`} {...rest} />;
}
