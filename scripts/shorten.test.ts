import { describe, expect, it } from 'vitest';
import { chosen, namesIn, shorten } from './shorten.mjs';

const source = `class Base {
  _data = 1;
  #secret = 2;
  secret() {
    return this.#secret;
  }
}
class Derived extends Base {
  _more = 3;
  told() {
    const { _data: first, _more = 0 } = this;
    return [first, _more, this.secret()];
  }
}
class Inner {
  #made;
  #count = 4;
  _next({ goal }) {
    this.#made = this.#count + goal;
    return this.#made;
  }
}
export { Derived, Inner };
export const asked = (inner, goal) => inner._next({ goal });
`;
const map = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
const internal = { properties: /^(_[a-z]+|goal)$/, classes: ['Inner'], records: {} };
const made = (wanted: Record<string, string>) => shorten(source, map, internal, (rivals) => chosen(rivals, wanted));

describe('Short names', () => {
  it('stand wherever the names stood, and the module does what it did', async () => {
    const { code } = made({ _data: 'x' });
    expect(code).not.toMatch(/_data|_next|goal:|#made|#count/);
    const { Derived, Inner, asked } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    expect(new Derived().told()).toEqual([1, 3, 2]);
    expect(asked(new Inner(), 5)).toBe(9);
  });

  it('are only for internal names: a private member of a class that programs know stays one', () => {
    expect(made({}).code).toContain('#secret = 2');
  });

  it('are the same for two names of which no object has both', () => {
    const { names } = made({ _more: 'x', _next: 'x', 'Inner#made': 'y', _data: 'y' });
    expect(names).toMatchObject({ _more: 'x', _next: 'x', 'Inner#made': 'y', _data: 'y' });
  });

  it('differ within a class, with what it inherits, whatever was wanted', () => {
    const { names } = made({ _data: 'x', _more: 'x', _next: 'y', 'Inner#made': 'y', 'Inner#count': 'y' });
    expect(names._data).not.toBe(names._more);
    expect(new Set([names._next, names['Inner#made'], names['Inner#count']]).size).toBe(3);
  });

  it('may be those of a class’s members for what only objects of no class have', () => {
    const records = { Aim: ['goal'] };
    const { names } = shorten(source, map, { ...internal, records }, (rivals) =>
      chosen(rivals, { goal: 't', _data: 't' }),
    );
    expect([names.goal, names._data]).toEqual(['t', 't']);
  });

  it('of what no class is seen to have are nobody else’s', () => {
    const { names } = made({ goal: 't', _data: 't', _more: 't', _next: 't' });
    expect(Object.values(names).filter((form) => form === names.goal)).toHaveLength(1);
    expect(namesIn(source, internal).rivals.get('_next')).toContain('goal');
  });
});
