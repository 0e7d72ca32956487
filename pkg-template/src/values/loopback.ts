// Host names of this machine.

/** Whether a host is this machine, as the engine decides it: `localhost`, names under it, 127.0.0.0/8 and [::1]. */
export const isLoopbackHost = (hostname: string): boolean => /^(([^.]+\.)*localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
