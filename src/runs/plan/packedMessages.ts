import { PackedNumbers, PackedTexts } from '../../base/packedTexts.ts';
import type { ChatMessage, Role } from '../../model/message.ts';

/** Messages of hundreds of thousands of calls, outside of the heap: those of a call are made anew when they are asked for. */
export class PackedMessages {
  readonly #contents = new PackedTexts();
  readonly #roles = new PackedNumbers();
  /** Where the messages of a call end among all. */
  readonly #ends = new PackedNumbers();
  readonly #roleNames: Role[] = [];

  /** @param messages without attachments @returns the place of the call */
  push(messages: readonly ChatMessage[]): number {
    for (const { role, content } of messages) {
      const known = this.#roleNames.indexOf(role);
      this.#roles.push(known === -1 ? this.#roleNames.push(role) - 1 : known);
      this.#contents.push(content);
    }
    this.#ends.push(this.#contents.length);
    return this.#ends.length - 1;
  }

  at(place: number): readonly ChatMessage[] {
    const messages: ChatMessage[] = [];
    const end = this.#ends.at(place);
    for (let at = place === 0 ? 0 : this.#ends.at(place - 1); at < end; at += 1) {
      const role = this.#roleNames[this.#roles.at(at)];
      if (role !== undefined) messages.push({ role, content: this.#contents.at(at) });
    }
    return messages;
  }
}
