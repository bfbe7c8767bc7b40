// The link in the message carries the code behind the #, which no server sees: fill it in and take it out of the address.
"use strict";
(() => {
  const field = document.getElementById("code");
  const code = location.hash.slice(1);
  if (!field || field.value || !/^[0-9A-Za-z-]{12,16}$/.test(code)) return;
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
})();
