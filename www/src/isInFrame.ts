/** True if the page is in a frame of another page, such as an EHR. */
export function isInFrame(): boolean {
  return window.parent !== window;
}
