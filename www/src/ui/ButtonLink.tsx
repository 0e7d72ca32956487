import type { ComponentProps } from 'react';
import './Button.css';

/** A link that looks like a button, for going somewhere rather than doing something. */
export function ButtonLink({ kind = 'plain', ...rest }: ComponentProps<'a'> & { readonly kind?: 'main' | 'plain' }) {
  return <a className={`button button-${kind}`} {...rest} />;
}
