// Types of `.vue` files, and of SvelteKit, which is not installed here.

declare module '*.vue' {
  const component: import('vue').Component;
  export default component;
}

declare module '@sveltejs/kit' {
  export function redirect(
    status: 300 | 301 | 302 | 303 | 304 | 305 | 306 | 307 | 308 | ({} & number),
    location: string | URL,
  ): never;
}
