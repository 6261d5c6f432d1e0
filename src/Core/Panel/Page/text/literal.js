/** Characters that end a line in some language, or that are invisible. JSON may escape them anywhere. */
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** @param {any} value @returns {string} JSON whose strings are also valid in Python, JavaScript and C# raw text */
export const literal = (value, indent = 2) => JSON.stringify(value, null, indent).replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
