import type { Clock } from '../../core/clock.ts';
import { SendFailure } from '../../delivery/http/send-failure.ts';
import { asObjects, type Json } from '../json.ts';
import { asText, type Graph } from './graph.ts';

/** Management calls are few: 200 an hour for each app and account. */
const keptFor = 10 * 60 * 1000;
const mostNames = 1000;

/** A template as Meta has it, in one language. */
export interface MetaTemplate {
  name: string;
  language: string;
  /** Only `APPROVED` ones can be sent. */
  status: string;
  /** Are its placeholders words instead of numbers? */
  named: boolean;
  components: readonly Json[];
}

/** What Meta knows of the account's templates, asked by name and remembered for a while. */
export class Templates {
  readonly #graph: Graph;
  readonly #account: string;
  readonly #clock: Clock;
  readonly #known = new Map<string, { until: number; templates: MetaTemplate[] | null }>();

  constructor(graph: Graph, account: string, clock: Clock) {
    this.#graph = graph;
    this.#account = account;
    this.#clock = clock;
  }

  /**
   * In that language, or in another of the same first part (`en_US` for `en`) where there is none.
   *
   * @returns undefined when Meta has none; null when it does not tell, for want of a permission for example
   * @throws SendFailure when Meta cannot be asked now
   */
  async find(name: string, language: string, signal: AbortSignal): Promise<MetaTemplate | undefined | null> {
    const all = await this.#all(name, signal);
    if (!all) return null;
    const same = (one: MetaTemplate) => one.language === language;
    const first = language.split('_', 1)[0];
    const close = (one: MetaTemplate) => one.language.split('_', 1)[0] === first;
    const approved = all.filter(({ status }) => status === 'APPROVED');
    return approved.find(same) ?? approved.find(close) ?? all.find(same) ?? all.find(close);
  }

  /** Meta said that something changed. */
  forget(): void {
    this.#known.clear();
  }

  async #all(name: string, signal: AbortSignal): Promise<MetaTemplate[] | null> {
    const now = this.#clock.now();
    const known = this.#known.get(name);
    if (known && now < known.until) return known.templates;
    const query = { name, fields: 'name,language,status,parameter_format,components', limit: '100' };
    const { status, body } = await this.#graph.get(`${this.#account}/message_templates`, query, signal);
    if (status === 429 || status >= 500) {
      throw new SendFailure('connection', `Meta does not tell of the template ${name} now: status ${status}.`);
    }
    const templates =
      status < 300 && body
        ? asObjects(body['data'])
            .map(read)
            .filter((one) => one.name === name)
        : null;
    if (this.#known.size >= mostNames) this.#known.clear();
    this.#known.set(name, { until: now + keptFor, templates });
    return templates;
  }
}

function read(template: Json): MetaTemplate {
  return {
    name: asText(template['name']) ?? '',
    language: asText(template['language']) ?? '',
    status: asText(template['status'])?.toUpperCase() ?? '',
    named: asText(template['parameter_format'])?.toUpperCase() === 'NAMED',
    components: asObjects(template['components']),
  };
}
