/** True if the page is in a frame of another page, such as an EHR. */
export function framed(): boolean {
  return window.parent !== window;
}
