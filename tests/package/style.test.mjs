// The EHR's style: `smart-launch/style`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmartError } from 'smart-launch';
import { loadSmartStyle, readSmartStyle } from 'smart-launch/style';
import { startServer } from './scripted-server.mjs';
import { seeded } from './seeded-random.mjs';

/** The example of the specification. */
const EXAMPLE = {
  color_background: '#edeae3',
  color_error: '#9e2d2d',
  color_highlight: '#69b5ce',
  color_modal_backdrop: '',
  color_success: '#498e49',
  color_text: '#303030',
  dim_border_radius: '6px',
  dim_font_size: '13px',
  dim_spacing_size: '20px',
  font_family_body: "Georgia, Times, 'Times New Roman', serif",
  font_family_heading: "'HelveticaNeue-Light', Helvetica, Arial, 'Lucida Grande', sans-serif;",
};
const { color_modal_backdrop: _, ...NOT_EMPTY } = EXAMPLE;

test('the example of the specification: each value is read, and has a CSS custom property', () => {
  const { values, properties, ignored } = readSmartStyle(EXAMPLE);
  assert.deepEqual(values, { ...NOT_EMPTY, font_family_heading: EXAMPLE.font_family_heading.slice(0, -1) });
  assert.deepEqual(ignored, []);
  assert.equal(Object.keys(properties).length, 10);
  assert.deepEqual([properties['--smart-color-background'], properties['--smart-dim-font-size']], ['#edeae3', '13px']);
  assert.throws(() => (values.color_text = 'red'), TypeError);
});

const COLORS = ['#fff', '#FFFA', '#123456', '#12345678', 'rgb(0, 0, 0)', 'rgba(0,0,0,0.6)', 'rgb(0 0 0 / 60%)', 'hsl(120deg 10% 20% / 0.5)'];
const NO_COLORS = [
  ...['red', 'inherit', '#12', '#12345', '#ggg', 'fff', 'rgb(', 'rgb()', 'rgb(0,0,0', 'rgb(var(--x),0,0)', 'url(https://evil.example)'],
  ...['rgb(0,,0,0)', 'rgb(0/0/0)', 'rgb(0, 0 0)', 'rgb(1deg, 0, 0)', 'rgb(1%, 0, 0)', 'hsl(1, 2, 3)', 'rgb(0\u00a0 0 0)', '#fff\u00a0x', 'rgb(\u0661, 0, 0)'],
  ...['#fff;position:fixed', '#fff}', '#fff/*', '#fff;;', 'rgb(1,2,3,4,5)', '#fff #fff', 'expression(1)', {}, [], 1, true],
];

const DIMENSIONS = ['0', '0px', '13px', '1.5em', '0.875rem', '12pt', '50%', '999px'];
const NO_DIMENSIONS = ['13', '-1px', '1e3px', '1000px', 'calc(1px)', '100vw', '1px 2px', '1px;2px', 'var(--x)', '1.px', '\u0661px', '1\u212aem', 16];

const FONTS = ["'My default', Inherited, revert-layers", 'serif', 'Segoe UI, sans-serif', '"Open Sans"', "'A','B' , c", '"微软雅黑"'];
const NO_FONTS = [
  ...["'a", '"a\'', 'a,', ',a', 'url(x)', 'a;b', 'a{', 'a/*b*/', 'a\\2c', '</style>', 'var(--x)', "'a\\'", "'a;b'", "'a\nb'", 'inherit', 'unset'],
  ...['a, inherit', 'Revert-Layer, a', 'b default', 'Serif a', 'a,  sans-serif b', 'a\u2028,b', 'a,\u00a0b', 'a\n,b', '\u212aa', '\u017fa'],
  'x'.repeat(301),
];

test('a value is used only if it matches the grammar of its property', () => {
  for (const [name, valid, invalid] of [
    ['color_text', COLORS, NO_COLORS],
    ['dim_font_size', DIMENSIONS, NO_DIMENSIONS],
    ['font_family_body', FONTS, NO_FONTS],
  ]) {
    for (const value of valid) {
      const { values, ignored } = readSmartStyle({ [name]: value });
      assert.deepEqual([values, ignored], [{ [name]: value }, []], String(value));
    }
    for (const value of invalid) {
      const { values, properties, ignored } = readSmartStyle({ [name]: value });
      assert.deepEqual([values, properties, ignored], [{}, {}, [name]], JSON.stringify(value));
    }
  }
});

/** The tokens that a value may have (CSS Syntax 3). */
const TOKEN = /(?<hash>#[\da-fA-F]+)|(?<string>'[^'"\\\n;{}]*'|"[^'"\\\n;{}]*")|(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>[A-Za-z]+|%)?|(?<word>[A-Za-z][A-Za-z0-9_-]*)(?<call>\()?|(?<mark>[,/)])|(?<space> +)/y;

/** @param {string} text */
function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const { groups } = TOKEN.exec(text) ?? assert.fail(`no valid token in ${JSON.stringify(text)}`);
    tokens.push(/** @type {Record<string, string | undefined>} */ (groups));
  }
  return tokens;
}

const RESERVED = ['inherit', 'initial', 'unset', 'revert', 'revert-layer', 'default'];
const GENERIC = ['serif', 'sans-serif', 'cursive', 'fantasy', 'monospace', 'system-ui', 'math'];
const ORACLES = {
  color_text(text) {
    const [first, ...rest] = tokensOf(text);
    if (first?.hash) return rest.length === 0 && [4, 5, 7, 9].includes(first.hash.length);
    const marks = rest.filter(({ mark }) => mark).map(({ mark }) => mark).join('');
    const units = rest.filter(({ number }) => number).map(({ unit = '' }) => unit.toLowerCase());
    const isCall = first?.call && ['rgb', 'rgba', 'hsl', 'hsla'].includes(String(first.word).toLowerCase());
    if (!isCall || rest.at(-1)?.mark !== ')' || rest.some(({ hash, string, word }) => hash ?? string ?? word)) return false;
    const [hue = '', second, third, alpha = ''] = units;
    const isHue = /^h/i.test(String(first.word));
    const isAlike = isHue
      ? second === '%' && third === '%' && ['', 'deg'].includes(hue)
      : hue === second && second === third && ['', '%'].includes(hue);
    const hasValidSeparators = { 3: [',,)', ')'], 4: [',,,)', '/)'] }[units.length]?.includes(marks);
    return isAlike && ['', '%'].includes(alpha) && hasValidSeparators;
  },
  dim_font_size(text) {
    const [{ number = '', unit = '' }, ...rest] = tokensOf(text);
    const isUnit = ['px', 'em', 'rem', 'pt', '%'].includes(unit.toLowerCase()) || text === '0';
    return rest.length === 0 && isUnit && Number(number) < 1000;
  },
  font_family_body(text) {
    const names = [[]];
    for (const token of tokensOf(text)) {
      if (token.mark === ',') names.push([]);
      else if (!token.space) names.at(-1).push(token);
    }
    const isName = (tokens) =>
      (tokens.length === 1 && tokens[0].string) ||
      (tokens.every(({ word, call }) => word && !call && !RESERVED.includes(word.toLowerCase())) &&
        (tokens.length === 1 || (tokens.length > 1 && !GENERIC.includes(String(tokens[0].word).toLowerCase()))));
    return names.every(isName);
  },
};

test('for every style, each value that is used is a colour, a dimension or names of fonts', () => {
  const parts = [
    ...['url(', 'URL(', 'expression(', 'var(--x)', 'env(', 'calc(', 'image-set(', 'rgb(', 'RGBA(', 'hsl(', 'attr(', '(', ')', '@import ', '!important'],
    ...[';', ':', '{', '}', '/*', '*/', '<!--', '</style>', '\\', '\\3b ', '\\0', '"', "'", ',', '/', ' ', '\t', '\n', '\f', '\0', '-', '--', '+', '.', '#', '%'],
    ...['\u00a0', '\u2028', '\ufeff', '\u0661', '\uff11', '\u0967', '\u212a', '\u017f', '\u0130', '\ud800', '\u202e', '\u200b', '字'],
    ...['0', '1', '255', '1000', '1e3', '.5', 'deg', 'px', 'em', 'rem', 'turn', 'fff', 'serif', 'Monospace', 'Arial', 'inherit', 'DEFAULT', 'revert-layer', 'x'.repeat(300)],
  ];
  const valid = { color_text: COLORS, dim_font_size: DIMENSIONS, font_family_body: FONTS };
  const randomBelow = seeded(20_261_130);
  const pick = (list) => list[randomBelow(list.length)];
  let usedCount = 0;
  for (let round = 0; round < 60_000; round++) {
    const name = pick(Object.keys(ORACLES));
    let text = randomBelow(4) === 0 ? '' : String(pick(valid[name]));
    for (let change = randomBelow(5); change >= 0; change--) {
      const [from, cut] = [randomBelow(text.length + 1), randomBelow(3) === 0 ? randomBelow(4) : 0];
      text = text.slice(0, from) + pick(parts) + text.slice(from + cut);
    }
    const { values, properties, ignored } = readSmartStyle({ [name]: text });
    if (text === '') continue;
    if (ignored.length > 0) {
      assert.deepEqual([values, properties, ignored], [{}, {}, [name]], JSON.stringify(text));
      continue;
    }
    usedCount += 1;
    const value = values[name];
    assert.deepEqual(Object.values(properties), [value]);
    assert.ok(text.length <= 300 && text.includes(value), JSON.stringify(text));
    assert.ok(ORACLES[name](value), JSON.stringify(value));
  }
  assert.ok(usedCount > 1_000, String(usedCount));
});

test('members that are not in the specification, and documents that are not objects, are left out, without an entry in `ignored`', () => {
  const hostile = JSON.parse('{"__proto__":{"color_text":"#fff"},"constructor":"x","color_other":"#fff","--smart-color-text":"#000"}');
  const empty = { values: {}, properties: {}, ignored: [] };
  for (const document of [hostile, {}, [], null, undefined, 'text', 1, [['color_text', '#fff']]]) {
    assert.deepEqual(readSmartStyle(document), empty, JSON.stringify(document));
  }
});

/** Starts a server with these responses, and returns a session whose `smartStyleUrl` is at this server. */
async function startStyleServer(t, ...responses) {
  const server = await startServer(t);
  server.answer('/style', ...responses);
  return { server, session: { smartStyleUrl: `${server.origin}/style?v=canary` } };
}

test('loadSmartStyle: sends no token, no cookies and no referrer', async (t) => {
  const { server, session } = await startStyleServer(t, { json: EXAMPLE });
  const fetch = t.mock.method(globalThis, 'fetch');
  assert.equal((await loadSmartStyle(session)).values.color_text, '#303030');
  const [{ headers, url }] = server.requests;
  assert.deepEqual([url, headers.authorization, headers.cookie, headers.referer], ['/style?v=canary', undefined, undefined, undefined]);
  const [, init] = fetch.mock.calls[0].arguments;
  assert.deepEqual([init.credentials, init.referrerPolicy, init.redirect], ['omit', 'no-referrer', 'error']);
});

test('loadSmartStyle: without smartStyleUrl the result is null, and nothing is sent', async (t) => {
  const fetch = t.mock.method(globalThis, 'fetch');
  assert.equal(await loadSmartStyle({ smartStyleUrl: null }), null);
  assert.equal(fetch.mock.callCount(), 0);
});

test('loadSmartStyle: its errors do not contain the query of the URL', async (t) => {
  const { session } = await startStyleServer(
    t,
    { status: 404 },
    { status: 503 },
    { body: '<html>' },
    { json: 'text' },
    { json: null },
    { size: 65_537 },
    { redirect: '/elsewhere' },
    { cut: true },
  );
  for (const [code, members] of [
    ['http_status', { status: 404, retryable: false }],
    ['http_status', { status: 503, retryable: true }],
    ['json_invalid', {}],
    ['json_invalid', {}],
    ['json_invalid', {}],
    ['body_too_large', {}],
    ['network', { retryable: true }],
    ['network', { retryable: true }],
  ]) {
    await assert.rejects(loadSmartStyle(session), (error) => {
      assert.ok(SmartError.is(error), error);
      assert.equal(error.code, code);
      for (const [name, value] of Object.entries(members)) assert.equal(error[name], value, name);
      assert.doesNotMatch(JSON.stringify([error, error.message]), /canary/);
      return true;
    });
  }
  for (const smartStyleUrl of ['javascript:1', 'data:application/json,{}', 'file:///etc/passwd', '/style', '']) {
    await assert.rejects(loadSmartStyle({ smartStyleUrl }), { code: 'endpoint_scheme' });
  }
});

test('loadSmartStyle: the code is `aborted` if the signal aborts, and `timeout` after the deadline', async (t) => {
  const { session } = await startStyleServer(t, { silent: true });
  await assert.rejects(loadSmartStyle(session, { signal: AbortSignal.abort() }), { code: 'aborted' });
  const controller = new AbortController();
  const promise = loadSmartStyle(session, { signal: controller.signal });
  controller.abort();
  await assert.rejects(promise, { code: 'aborted' });
  await assert.rejects(loadSmartStyle(session, { signal: {} }), { code: 'config_invalid' });
  t.mock.method(globalThis, 'setTimeout', (call) => queueMicrotask(call));
  await assert.rejects(loadSmartStyle(session), { code: 'timeout', retryable: true });
});
