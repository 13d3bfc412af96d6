import type { Answer, DescribedMethod, OperationDescription, ResourceDescription } from './describe.ts';
import type { Field } from './fields.ts';
import { pathParameters, pathsOf } from './paths.ts';
import { resources } from './resources.ts';
import type { SchemaName } from './schemas.ts';

/** One method of one path, with all that is known of it. */
export interface DescribedOperation {
  resource: ResourceDescription;
  method: DescribedMethod;
  /** With `{Names}`. */
  path: string;
  /** Unique, and stays as it is. */
  id: string;
  /** Of the path, in their order. */
  parameters: readonly { name: string; collection: string; field: Field }[];
  description: OperationDescription;
  answers: readonly Answer[];
}

/** Resources that have a member more where the path names their service. */
const twins: ReadonlySet<SchemaName | undefined> = new Set<SchemaName>([
  'Message',
  'DeliveryReceipt',
  'Participant',
  'ConversationWebhook',
]);

/** Every operation under each of its paths. */
export const operations: readonly DescribedOperation[] = resources.flatMap((resource) =>
  resource.endpoints.flatMap((endpoint) =>
    pathsOf(endpoint).flatMap((path) =>
      (Object.entries(endpoint.operations) as [DescribedMethod, OperationDescription][]).map(
        ([method, description]) => ({
          resource,
          method,
          path,
          id: operationId(description, path),
          parameters: pathParameters(path),
          description,
          answers: description.answers.map((answer) => inScope(answer, path)),
        }),
      ),
    ),
  ),
);

function inScope(answer: Answer, path: string): Answer {
  const hasTwin = path.startsWith('/v1/Services/{ChatServiceSid}/') && twins.has(answer.schema);
  return hasTwin ? { ...answer, schema: `Service${answer.schema}` as SchemaName } : answer;
}

/** For example `fetchServiceConversationMessage`. */
function operationId({ verb }: OperationDescription, path: string): string {
  const segments = path.split('/').slice(1);
  const words = segments.flatMap((segment, at) => {
    if (segment.startsWith('{') || segment === 'v1') return [];
    const namesOne = segments[at + 1]?.startsWith('{') === true || (verb === 'create' && at === segments.length - 1);
    return [namesOne ? singular(segment) : segment];
  });
  return verb + words.map((word) => camel(word)).join('');
}

function singular(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.endsWith('s') && word !== 'ConversationWithParticipants' ? word.slice(0, -1) : word;
}

function camel(word: string): string {
  return word.replace(/(?:^|[-.])(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
