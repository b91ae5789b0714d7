import type { Template } from 'liquidjs';
import type { MessageTemplate } from './promptFile.ts';

/** A change of a template that mends a finding. */
export type TemplateMend =
  | {
      readonly kind: 'replace';
      readonly title: string;
      readonly begin: number;
      readonly end: number;
      readonly text: string;
    }
  /** The name is declared in the front matter. */
  | { readonly kind: 'input'; readonly name: string };

/** What is to be said about a part of a template. */
export interface Finding {
  /** A sentence. */
  readonly message: string;
  /** UTF-16 units of the template. */
  readonly begin: number;
  readonly end: number;
  readonly mends?: readonly TemplateMend[];
  /** The variable that has no value, when that is what it is about. */
  readonly name?: string;
}

/** A part of a message that needs no Liquid to be filled in. */
export type Part = string | { readonly name: string };

/** One message, ready to be rendered any number of times. */
export interface CompiledMessage {
  readonly source: MessageTemplate;
  readonly templates: Template[];
  /** The same without Liquid, where the message is text and names alone. */
  readonly parts?: readonly Part[];
}
