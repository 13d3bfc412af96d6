import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Comparison, compareDeclarations } from './differences.ts';
import { compat, type Declarations, declareOurs, declareTheirs } from './emitted.ts';
import { MovingProgram } from './moving-programs.ts';
import { differencesOnPage } from './page.ts';

const ourRoot = join(compat, 'sdk/virtual/ours');
const plain = (name: string) => name.replace(/ =$/, '');

let comparison: Comparison;
let page: Map<string, string>;
beforeAll(() => {
  comparison = compareDeclarations(declareOurs(ourRoot));
  page = differencesOnPage();
}, 120_000);

describe('The comparison itself', () => {
  const changed = (changes: [string, string][]): Declarations => {
    const theirs = new Map(declareTheirs(ourRoot));
    const path = join(ourRoot, 'index.d.ts');
    for (const [from, to] of changes) {
      const text = theirs.get(path) as string;
      if (!text.includes(from)) throw new Error(`They do not say: ${from}`);
      theirs.set(path, text.replace(from, to));
    }
    return theirs;
  };

  test('finds nothing between the package and itself.', () => {
    const { compared, differences } = compareDeclarations(changed([]));
    expect(differences).toEqual([]);
    expect(compared.length).toBeGreaterThan(450);
  }, 60_000);

  test('finds what is missing, narrower, wider, written and extra, and nothing that follows from it.', () => {
    const { differences } = compareDeclarations(
      changed([
        ['getUnreadMessagesCount(): Promise<number | null>', 'getUnreadMessagesCount(): Promise<number | undefined>'],
        ['removeParticipant(participant: string | Participant)', 'removeParticipant(participant: Participant)'],
        ['    typing(): Promise<void>;', ''],
        ['    static readonly messageUpdated = "messageUpdated";', ''],
        ['type State = "failed" | "initialized";', 'type State = "failed" | "ready";'],
        ['    contentSid?: string;\n    contentVariables', '    readonly contentSid?: string;\n    contentVariables'],
        ['access?: string;', 'access: string;'],
        ['    removed: (conversation: Conversation) => void;', '    removed: (conversation: string) => void;'],
        ['RecipientDescriptor, EmailRecipientDescriptor,', 'EmailRecipientDescriptor,'],
        ['type MessageEvents = {\n    updated: (data: {', 'type MessageEvents = {\n    changed: (data: {'],
      ]),
    );
    expect(differences.map(({ name }) => name).sort()).toEqual(
      [
        'Conversation#getUnreadMessagesCount',
        'Conversation#removeParticipant',
        'Conversation#typing',
        'Conversation.messageUpdated',
        "State 'initialized'",
        "State + 'ready'",
        'UnsentMessage#contentSid =',
        'CreateConversationOptions.access =',
        'CreateConversationOptions =',
        "Conversation 'removed'",
        'RecipientDescriptor',
        "Message 'updated'",
        "Client 'stateChanged'",
        // Its callers may leave out what has to be given now.
        'Client#createConversation',
      ].sort(),
    );
  }, 60_000);
});

describe('What @twilio/conversations declares', () => {
  test('@colloquy/client declares, too, or the page says why not.', () => {
    const unsaid = comparison.differences.filter(({ name }) => !page.has(name));
    expect(unsaid.map(({ name, why }) => `${name}: ${why}`)).toEqual([]);
  });

  test('differs wherever the page says so.', () => {
    const found = new Set(comparison.differences.map(({ name }) => name));
    expect([...page.keys()].filter((name) => !found.has(name))).toEqual([]);
    expect([...page].filter(([, why]) => why.length < 10)).toEqual([]);
  });
});

describe('A program that was written for @twilio/conversations', () => {
  let program: MovingProgram;
  beforeAll(() => {
    program = new MovingProgram();
  }, 60_000);

  test('compiles as it is.', () => {
    expect(program.complaints().map(({ text }) => text)).toEqual([]);
  }, 60_000);

  test('compiles after the name of the package is changed, save for what the page says.', () => {
    const said = new Set([...page.keys()].flatMap((name) => [plain(name), name.replace(/^.* (?=')/, '')]));
    // With a type, all that is in it is missing.
    const isSaid = (name: string) => said.has(name) || said.has(name.replace(/[.#].*/, ''));
    const complaints = program.complaintsAfterMoving().filter(({ uses }) => !uses.some(isSaid));
    expect(complaints.map(({ text }) => text)).toEqual([]);
  }, 60_000);

  test('uses everything that is compared, save for what the page says.', () => {
    const { uses } = program;
    const known = [...comparison.compared].map(plain).filter((name) => !page.has(name));
    const used = (name: string) => uses.has(name) || uses.has(name.replace(/^\w+ (?=')/, '')) || ways(name, uses);
    expect([...new Set(known)].filter((name) => !used(name))).toEqual([]);
  }, 60_000);
});

/** An event may be named by the static member of its class. */
function ways(name: string, uses: ReadonlySet<string>): boolean {
  const [, owner, event] = /^(\w+) '(\w+)'$/.exec(name) ?? [];
  return uses.has(`${owner}.${event}`) || uses.has(`${owner}#${event}`);
}
