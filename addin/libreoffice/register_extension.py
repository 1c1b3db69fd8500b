"""Add or remove the extension through a hidden office, by LibreOffice's own Python.

``unopkg`` refuses root; the office's ExtensionManager does not. Run as
``python register_extension.py SOFFICE PROFILE_URL add|remove|find [OXT]``; an empty PROFILE_URL is
the user's own. Prints one line of JSON: ``{"ok": true, "version": "0.1.0"}`` or the reason.
"""

import json
import os
import secrets
import subprocess
import sys
import time

IDENTIFIER = "org.invval.calc"
_NEW_PROFILE = 81  # the first start of a new profile may end so: start again
_START_SECONDS = 90.0


def start(soffice, profile, extra=("--headless", "--invisible")):
    """An office of its own that listens on a pipe: its process and its component context."""
    import uno

    pipe = "invval" + secrets.token_hex(8)
    command = [
        soffice,
        *extra,
        *([f"-env:UserInstallation={profile}"] if profile else []),
        "--norestore",
        "--nologo",
        "--nodefault",
        "--nolockcheck",
        f"--accept=pipe,name={pipe};urp;",
    ]
    session = {} if os.name == "nt" else {"start_new_session": True}

    def launch():
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **session
        )

    process = launch()
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            address = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
            return process, resolver.resolve(address)
        except Exception:
            code = process.poll()
            if code == _NEW_PROFILE:
                process = launch()
            elif code is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)


def stop(process, context):
    """End an office that :func:`start` began."""
    try:
        desktop = context.ServiceManager.createInstanceWithContext(
            "com.sun.star.frame.Desktop", context
        )
        desktop.terminate()
    except Exception:
        pass
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


def _version(manager):
    for row in manager.getAllExtensions(None, None):
        for package in row:
            if package is not None and package.getIdentifier().Value == IDENTIFIER:
                return package.getVersion()
    return ""


def _approving():
    """What answers "shall this extension be installed?"; without it the office declines."""
    import uno
    import unohelper
    from com.sun.star.task import XInteractionHandler
    from com.sun.star.ucb import XCommandEnvironment

    approve = uno.getTypeByName("com.sun.star.task.XInteractionApprove")

    class Approving(unohelper.Base, XCommandEnvironment, XInteractionHandler):
        def getInteractionHandler(self):
            return self

        def getProgressHandler(self):
            return None

        def handle(self, request):
            for way in request.getContinuations():
                found = way.queryInterface(approve)
                if found is not None:
                    found.select()

    return Approving()


def carry_out(soffice, profile, verb, oxt):
    """Add, remove or find, in one start of the office; the version it then has.

    Replacing is two starts (remove, then add): some offices end when it is done in one.
    """
    import uno

    process, context = start(soffice, profile)
    try:
        manager = context.getByName("/singletons/com.sun.star.deployment.ExtensionManager")
        if verb == "add":
            url = uno.systemPathToFileUrl(oxt)
            manager.addExtension(url, (), "user", None, _approving())
        elif verb == "remove" and _version(manager):
            name = os.path.basename(oxt or "invval.oxt")
            manager.removeExtension(IDENTIFIER, name, "user", None, _approving())
        return _version(manager)
    finally:
        stop(process, context)


def main(arguments):
    soffice, profile, verb, *rest = arguments
    try:
        version = carry_out(soffice, profile, verb, rest[0] if rest else "")
    except Exception as error:
        text = getattr(error, "Message", "") or str(error)
        print(json.dumps({"ok": False, "said": f"{type(error).__name__}: {text}"}))
        return 1
    print(json.dumps({"ok": True, "version": version}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
