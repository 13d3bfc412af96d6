import type { z } from 'zod';
import { nearest } from './nearest.ts';

/** A number that can be set by name, one of many in one setting. */
export interface Amount {
  min: number;
  max: number;
  /** What it counts; Markdown, a phrase without a full stop. */
  about: string;
}

/**
 * Named whole numbers: text like `a=1,b=2`, or in a configuration file an object. What is wrong with them becomes an
 * issue whose message is a whole sentence, without its beginning.
 */
export function readAmounts<Name extends string>(
  given: string | Record<string, unknown>,
  known: Readonly<Record<Name, Amount>>,
  context: z.RefinementCtx,
): Partial<Record<Name, number>> {
  const amounts: Partial<Record<Name, number>> = {};
  const names = Object.keys(known) as Name[];
  for (const [typed, value] of typeof given === 'string' ? pairsOf(given) : Object.entries(given)) {
    const name = names.find((one) => one === typed);
    if (name === undefined) {
      const meant = nearest(typed, names);
      complain(context, `${JSON.stringify(typed)} is none of them${meant ? `; did you mean ${meant}?` : '.'}`);
      continue;
    }
    const { min, max } = known[name];
    const number = typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      complain(context, `${name} is ${JSON.stringify(value)}; expected a whole number from ${min} to ${max}.`);
    } else if (amounts[name] !== undefined) {
      complain(context, `${name} is given twice.`);
    } else {
      amounts[name] = number;
    }
  }
  return amounts;
}

function pairsOf(text: string): [name: string, value: string | undefined][] {
  return text.split(',').map((pair) => {
    const [name = '', value] = pair.split('=', 2);
    return [name.trim(), value?.trim()];
  });
}

function complain(context: z.RefinementCtx, message: string): void {
  context.addIssue({ code: 'custom', message, params: { sentence: true } });
}
