import { expect } from 'vitest';
import { sweepConversations } from '../core/conversations/sweep.ts';
import type { Core } from '../core/core.ts';
import { migrations } from '../storage/migrations/index.ts';
import type { Schema } from '../storage/schema.ts';
import { testAccount } from './open-core.ts';
import type { Asked, Form, Method, OpenRest } from './open-rest.ts';

/** One request to the REST API and everything that may come of it. `{name}` in path and form stands for a SID of the world. */
export interface Scenario {
  /** Completes "…: ". */
  when: string;
  ask: `${Method} /${string}`;
  form?: Form;
  /** In place of a form; text goes as it is. */
  json?: unknown;
  status: number;
  /** Of an error. */
  code?: number;
  /** Types of the events that are logged; none when left out. */
  events?: string[];
}

/** Every table that a migration makes: none can be forgotten. */
const tables = migrations.flatMap(({ statements }) =>
  statements({ serial: 'INTEGER', adapt: (statement) => statement }).flatMap((statement) => {
    const made = /^\s*CREATE TABLE (\w+)/.exec(statement)?.[1];
    // On PostgreSQL each transaction notes there that it was; nobody is told of that.
    return made === undefined || made === 'commits' ? [] : [made as keyof Schema];
  }),
);

/** Everything that is stored, once what removed conversations left behind is swept up. */
export async function stateOf({ server: { core } }: { server: { core: Core } }): Promise<Record<string, object[]>> {
  const actor = { kind: 'system', account: testAccount } as const;
  while ((await core.run(sweepConversations, actor, {})).more);
  const state: Record<string, object[]> = {};
  for (const table of tables) {
    // In no order of the database's.
    const rows = (await core.db.sql.selectFrom(table).selectAll().execute()).map((row) => JSON.stringify(row));
    state[table] = rows.sort().map((row) => JSON.parse(row));
  }
  return state;
}

function jsonBody(json: unknown): Asked {
  const form = typeof json === 'string' ? json : JSON.stringify(json);
  return { form, headers: { 'content-type': 'application/json' } };
}

/** Runs a scenario. Whatever is refused must not have changed a single row. */
export async function playScenario(at: OpenRest, scenario: Scenario, world: Record<string, string>): Promise<void> {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (hole, name: string) => world[name] ?? hole);
  const [method, path] = fill(scenario.ask).split(' ', 2) as [Method, string];
  const form = scenario.form && (JSON.parse(fill(JSON.stringify(scenario.form))) as Form);
  const before = await stateOf(at);
  const events = await at.eventsOf(async () => {
    const asked = scenario.json === undefined ? { ...(form !== undefined && { form }) } : jsonBody(scenario.json);
    const { status, body } = await at.ask(method, path, asked);
    expect({ status, code: body.code }).toEqual({ status: scenario.status, code: scenario.code });
    if (status >= 400)
      expect(body).toEqual({ code: scenario.code, message: body.message, status, more_info: expect.any(String) });
  });
  expect(events).toEqual(scenario.events ?? []);
  if (scenario.status >= 400) expect(await stateOf(at)).toEqual(before);
}
