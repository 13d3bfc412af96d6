import { GraphError } from './graph-error.ts';
import { type Json, missing, object } from './validate.ts';
import type { WhatsAppTemplate } from './world.ts';

/** @throws GraphError 132000, 132001, 132012, 132015 */
export function checkTemplate(own: Json, templates: readonly WhatsAppTemplate[]): void {
  const name = own['name'];
  const code = object(own['language'], 'template.language')['code'];
  if (typeof name !== 'string') throw missing('template.name');
  const template = templates.find((one) => one.name === name && one.language === code);
  if (!template || template.status === 'PENDING' || template.status === 'REJECTED') {
    throw new GraphError(132001, `template name (${name}) does not exist in ${String(code)}`);
  }
  if (template.status !== 'APPROVED') throw new GraphError(132015, `The template ${name} is ${template.status}.`);
  const given = Array.isArray(own['components']) ? own['components'].map((one) => object(one, 'components')) : [];
  for (const component of template.components) {
    const kind = String(component['type']).toLowerCase();
    if (kind === 'header' || kind === 'body')
      checkComponent(
        template,
        component,
        given.filter((one) => one['type'] === kind),
      );
    if (kind === 'buttons') checkButtons(component, given);
  }
}

function checkComponent(template: WhatsAppTemplate, component: Json, [given]: readonly Json[]): void {
  const parameters = parametersOf(given);
  const format = String(component['format'] ?? 'TEXT').toLowerCase();
  const where = String(component['type']).toLowerCase();
  if (format !== 'text') {
    const [parameter] = parameters;
    if (parameter?.['type'] !== format)
      throw new GraphError(132012, `${where}: expected a parameter of the type ${format}`);
    return;
  }
  const names = [...new Set([...String(component['text']).matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name))];
  if (names.length !== parameters.length) {
    throw new GraphError(
      132000,
      `${where}: number of localizable_params (${parameters.length}) does not match the expected number of params (${names.length})`,
    );
  }
  for (const parameter of parameters) {
    const { type, text } = parameter;
    if (type !== 'text' || typeof text !== 'string' || text === '')
      throw new GraphError(132012, `${where}: text expected`);
    if (/[\n\t]| {5}/.test(text))
      throw new GraphError(100, 'Param text cannot have new-line/tab characters or more than 4 consecutive spaces');
    const isNamed = template.parameter_format === 'NAMED';
    if (isNamed && !names.includes(String(parameter['parameter_name'])))
      throw new GraphError(132000, `${where}: parameter_name`);
  }
}

function checkButtons(component: Json, given: readonly Json[]): void {
  const buttons = Array.isArray(component['buttons']) ? component['buttons'].map((one) => object(one, 'buttons')) : [];
  for (const [index, button] of buttons.entries()) {
    const takes = /\{\{/.test(String(button['url'] ?? ''));
    const own = given.find((one) => one['type'] === 'button' && String(one['index']) === String(index));
    if (takes && parametersOf(own).length !== 1)
      throw new GraphError(132000, `button ${index}: one parameter expected`);
  }
}

function parametersOf(component: Json | undefined): Json[] {
  const parameters = component?.['parameters'];
  return Array.isArray(parameters) ? parameters.map((one) => object(one, 'parameters')) : [];
}
