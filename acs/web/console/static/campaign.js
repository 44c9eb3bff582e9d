// A new campaign: its waves are written as "1, 1%, 10%".
"use strict";

readers.waves = (text) => {
  const pieces = text.split(/[,;]/).map((each) => each.trim()).filter(Boolean);
  return pieces.length ? pieces.map((each) => (each.endsWith("%") ? { percent: Number(each.slice(0, -1)) } : { devices: Number(each) })) : undefined;
};
