import { SourceMap } from 'node:module';
import * as esbuild from 'esbuild';
import { describe, expect, it } from 'vitest';
import { arrange } from './arrange.mjs';
import { composed } from './source-maps.mjs';

const source = `var first = 1;
var Derived = class extends Base {
  static made = new Base();
  get c() {
    return this.a();
  }
};
var Base = class {
  b() {
    return 'b';
  }
  a() {
    return 'a' + first;
  }
};
function last() {
  return Derived.made.b();
}
export { Derived, last };
`;

/** The source, which cannot be loaded as it is, since `Derived` needs `Base`, and its map. */
async function module() {
  const { code, map } = await esbuild.transform(source, { sourcemap: 'external', sourcefile: 'source.js' });
  return { code, map };
}

/** The line of the source from which the first place of these words in the code comes, by the map. */
function origin({ code, map }: { code: string; map: string }, words: string): string | undefined {
  const before = code.slice(0, code.indexOf(words)).split('\n');
  const entry = new SourceMap(JSON.parse(map)).findEntry(before.length - 1, before.at(-1)?.length ?? 0);
  return 'originalLine' in entry ? source.split('\n')[entry.originalLine]?.trim() : undefined;
}

describe('arrange', () => {
  it('puts parts and methods in the order, and before a part what it needs to be loaded', async () => {
    const { code, map } = await module();
    const arranged = arrange(code, map, { last: [], Derived: [], Base: ['a', 'b'] });
    const places = ['function last', 'Base = class', 'a() {', 'b() {', 'Derived = class', 'first = 1', 'export'];
    const found = places.map((words) => arranged.code.indexOf(words));
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    const loaded = await import(`data:text/javascript,${encodeURIComponent(arranged.code)}`);
    expect([loaded.last(), new loaded.Derived().c]).toEqual(['b', 'a1']);
  });

  it('leaves what the order does not name at the end, and passes over what is not there', async () => {
    const { code, map } = await module();
    const arranged = arrange(code, map, { gone: ['x'], last: [], Base: ['gone', 'a'] });
    expect(arranged.code.indexOf('function last')).toBe(0);
    expect(arranged.code.indexOf('a() {')).toBeLessThan(arranged.code.indexOf('b() {'));
    expect(arranged.code.indexOf('first = 1')).toBeGreaterThan(arranged.code.indexOf('b() {'));
  });

  it('leads from each line to where it was written', async () => {
    const { code, map } = await module();
    const arranged = arrange(code, map, { last: [], Derived: [], Base: ['a', 'b'] });
    const lines = ["return 'a' + first;", "return 'b';", 'return this.a();', 'return Derived.made.b();'];
    for (const line of lines) expect(origin(arranged, line.replaceAll("'", '"')), line).toBe(line);
  });
});

it('A map of what was made of something leads to the sources of that.', async () => {
  const { code, map } = await module();
  const made = await esbuild.transform(code, { sourcemap: 'external', minify: true });
  const both = { code: made.code, map: composed(code, map, made.map, made.code) };
  expect(origin(both, 'return"b"')).toBe("return 'b';");
  expect(origin(both, 'return this.a()')).toBe('return this.a();');
});
