/**
 * The worker of `smart-launch/isolated`, to be imported for its effect by a worker of the app's own or given to
 * `new Worker()` as it is. It exports nothing and takes no messages but the client's.
 */
export {};
