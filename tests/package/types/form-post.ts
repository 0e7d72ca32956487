// form_post responses.

import type { PostedAnswer } from 'smart-launch';
import { postedCallback, prepareFormPost } from 'smart-launch/form-post';
import { expectType, type Same } from './expect.js';

export async function calls() {
  const callback = await postedCallback();
  expectType<Same<typeof callback, PostedAnswer | undefined>>();
  await prepareFormPost({ redirectUri: new URL('https://app.example/callback'), worker: '/form-post-worker.js' });
  await prepareFormPost({ redirectUri: '/callback' });
  // @ts-expect-error `redirectUri` is required
  await prepareFormPost({ worker: '/form-post-worker.js' });
}
