/** Splits what the bot says into words and counts how many of them have been heard. */

export interface Word {
  readonly text: string;
  /** Whether a space follows the word in the text. */
  readonly spaced: boolean;
  /** Number of characters other than spaces up to and including this word. */
  readonly end: number;
}

// Scripts written without spaces are followed character by character, all others word by word.
const UNSPACED = "\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\u0e00-\\u0e7f";
const WORD = new RegExp(`[${UNSPACED}]|[^\\s${UNSPACED}]+`, "gu");

/** The words of a text, in order. */
export function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    const after = text[match.index + match[0].length];
    end += match[0].length;
    words.push({ text: match[0], spaced: after !== undefined && /\s/u.test(after), end });
  }
  return words;
}

/** How many of the words lie wholly within the text that has been played so far. */
export function heardCount(words: readonly Word[], played: string): number {
  const reached = played.replace(/\s+/gu, "").length;
  let count = 0;
  while (count < words.length && words[count]!.end <= reached) count += 1;
  return count;
}
