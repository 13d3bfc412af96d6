import { limits } from '@colloquy/protocol';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildDocument } from '../api/openapi/document.ts';
import type { Fields } from '../api/openapi/fields.ts';
import type { DescribedOperation } from '../api/openapi/operations.ts';
import { schemas } from '../api/openapi/schemas.ts';

const document = buildDocument(limits, '0');
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ ...document, $id: 'openapi' });

const validators = new Map<string, ValidateFunction>();

/** What our own description finds wrong with an answer that succeeded: its status, a member, their order. */
export function describedProblems(operation: DescribedOperation, status: number, body: unknown): string[] {
  const { method, path, answers } = operation;
  const answer = answers.find((one) => one.status === status);
  if (!answer) return [`status ${status} is not described`];
  if (answer.type !== undefined) return [];
  if (answer.schema === undefined) return body === '' ? [] : ['a body where none is described'];
  const pointer = ['paths', path, method.toLowerCase(), 'responses', status, 'content', 'application/json', 'schema'];
  const reference = `openapi#/${pointer.map((step) => encodeURIComponent(String(step).replaceAll('/', '~1'))).join('/')}`;
  let validate = validators.get(reference);
  if (!validate) {
    validate = ajv.compile({ $ref: reference });
    validators.set(reference, validate);
  }
  const complaints = validate(body) ? [] : (validate.errors ?? []);
  const { listKey, isArray, schema } = answer;
  const list = isArray ? (body as unknown[]) : (body as Record<string, unknown[]>)[listKey ?? ''];
  const items = list ?? [body];
  return [
    ...complaints.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`),
    ...orderProblems(items, schemas[schema]),
  ];
}

function orderProblems(items: unknown[], members: Fields): string[] {
  const order = Object.keys(members).join();
  const others = items.map((item) => Object.keys(item as object).join()).filter((keys) => keys !== order);
  return others.map((keys) => `members are ${keys}, not ${order}`);
}
