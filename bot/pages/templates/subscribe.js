"use strict";
(function () {
  var main = document.getElementById("subscribe");
  function say(id) {
    ["ask", "done", "refused", "cannot"].forEach(function (one) {
      document.getElementById(one).hidden = one !== id;
    });
  }
  var button = document.getElementById("button");
  button.addEventListener("success", function (event) {
    var details = String(event.detail && event.detail.subscribeDetails);
    say(details.indexOf("accept") >= 0 ? "done" : "refused");
  });
  button.addEventListener("error", function () { say("cannot"); });
  document.addEventListener("WeixinOpenTagsError", function () { say("cannot"); });
  if (!window.wx) { say("cannot"); return; }
  window.wx.error(function () { say("cannot"); });
  window.wx.config({
    debug: false,
    appId: main.dataset.app,
    timestamp: Number(main.dataset.timestamp),
    nonceStr: main.dataset.nonce,
    signature: main.dataset.signature,
    jsApiList: [],
    openTagList: ["wx-open-subscribe"],
  });
})();
