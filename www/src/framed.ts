/** Whether the page is in another page's frame, as an EHR may show it. */
export function framed(): boolean {
  return window.parent !== window;
}
