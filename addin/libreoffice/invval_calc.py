"""The extension inside LibreOffice: INV_ functions as a Calc add-in, and the menu.

Loads nothing but the standard library and uno. Functions, their arguments and the menu's entries
come from ``invval_table``, printed from invval-xl's registry when the extension is built.
"""

import math
import os
import struct
import tempfile

import invval_bridge
import invval_main_thread
import uno
import unohelper
from com.sun.star.frame import (
    DispatchResultEvent,
    XDispatchProvider,
    XNotifyingDispatch,
)
from com.sun.star.lang import Locale, XInitialization, XLocalizable, XServiceInfo, XServiceName
from invval_table import FUNCTIONS, RUNS
from org.invval.calc import XFunctions

FUNCTIONS_SERVICE = "org.invval.calc.Functions"
MENU_SERVICE = "org.invval.calc.Menu"
PROTOCOL = "vnd.invval.calc:"
_SPREADSHEET = "com.sun.star.sheet.SpreadsheetDocument"

# Calc keeps an error as a NaN that carries the error's number in its low bits; an add-in may hand
# over such a NaN, alone or inside an array, and the cell shows the error itself.
_QUIET = 0x7FF8000000000000
_NUMBER_OF_MARK = {2000: 521, 2007: 532, 2015: 519, 2023: 524, 2029: 525, 2036: 503, 2042: 32767}
ERRORS = {
    mark: struct.unpack("<d", struct.pack("<Q", _QUIET | number))[0]
    for mark, number in _NUMBER_OF_MARK.items()
}
VALUE_ERROR = ERRORS[2015]
_SPELLED = {
    521: "#NULL!",
    532: "#DIV/0!",
    519: "#VALUE!",
    524: "#REF!",
    525: "#NAME?",
    503: "#NUM!",
    32767: "#N/A",
}


class Shared:
    """What the functions and the menu have in common: one bridge an office."""

    bridge = None
    main_thread = None
    told = ""


def bridge(context):
    """The way to the worker; its configuration lies in the user's own office profile."""
    if Shared.bridge is None:
        config = os.path.join(settings(context), "calc.json")
        Shared.bridge = invval_bridge.Bridge(invval_bridge.config_at(config))
    return Shared.bridge


def main_thread(context):
    """The way to the office's main thread."""
    if Shared.main_thread is None:
        Shared.main_thread = invval_main_thread.MainThread(context)
    return Shared.main_thread


def settings(context):
    """Our folder in the user's office profile, where the installation put its files."""
    create = context.ServiceManager.createInstanceWithContext
    paths = create("com.sun.star.util.PathSubstitution", context)
    user = uno.fileUrlToSystemPath(paths.substituteVariables("$(user)", True))
    return os.path.join(user, "invval")


def sent(argument):
    """An argument as the worker reads it: cells as they are, an error by its spelling."""
    if isinstance(argument, tuple):
        for row in argument:
            for cell in row:
                # The rare case: an error inside a computed array (NaN is not itself).
                if cell != cell:  # noqa: PLR0124
                    return [[_spelled(c) for c in row] for row in argument]
        return argument
    return _spelled(argument)


def _spelled(cell):
    if isinstance(cell, float) and not math.isfinite(cell):
        (bits,) = struct.unpack("<Q", struct.pack("<d", cell))
        return _SPELLED.get(bits & 0xFFFFFFFF, "#NUM!" if math.isinf(cell) else "#VALUE!")
    return cell


def shown(cells):
    """The worker's rows as Calc takes them."""
    return tuple(
        tuple(ERRORS.get(c, VALUE_ERROR) if type(c) is int else c for c in row) for row in cells
    )


class Functions(unohelper.Base, XFunctions, XServiceName, XServiceInfo, XLocalizable):
    """Every INV_ function; the methods themselves are added below."""

    def __init__(self, context):
        self.context = context
        self.locale = Locale("en", "US", "")

    def answer(self, name, arguments):
        """What the cell shows; never an exception, which Calc shows without its reason."""
        try:
            return shown(bridge(self.context).call(name, [sent(a) for a in arguments]))
        except invval_bridge.Unanswered:
            return ((VALUE_ERROR,),)
        except Exception as fault:
            bridge(self.context).fault = f"{name}: {type(fault).__name__}: {fault}"
            return ((VALUE_ERROR,),)

    def getServiceName(self):
        return FUNCTIONS_SERVICE

    def getImplementationName(self):
        return FUNCTIONS_SERVICE

    def supportsService(self, name):
        return name == FUNCTIONS_SERVICE

    def getSupportedServiceNames(self):
        return (FUNCTIONS_SERVICE,)

    def setLocale(self, locale):
        self.locale = locale

    def getLocale(self):
        return self.locale


def _method(name):
    def method(self, *arguments):
        return self.answer(name, arguments)

    method.__name__ = name
    return method


for _name in FUNCTIONS:
    setattr(Functions, _name, _method(_name))


class Menu(unohelper.Base, XServiceInfo, XInitialization, XDispatchProvider, XNotifyingDispatch):
    """The entries of the menu *Inventory valuation*, as dispatches of our protocol."""

    def __init__(self, context):
        self.context = context
        self.frame = None
        self.main_thread = main_thread(context)

    def initialize(self, arguments):
        if arguments:
            self.frame = arguments[0]

    def getImplementationName(self):
        return MENU_SERVICE

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return (MENU_SERVICE, "com.sun.star.frame.ProtocolHandler")

    def queryDispatch(self, url, _target, _flags):
        known = url.Complete.startswith(PROTOCOL) and url.Complete[len(PROTOCOL) :] in RUNS
        return self if known else None

    def queryDispatches(self, requests):
        return tuple(self.queryDispatch(r.FeatureURL, r.FrameName, 0) for r in requests)

    def addStatusListener(self, _listener, _url):
        pass

    def removeStatusListener(self, _listener, _url):
        pass

    def dispatch(self, url, _arguments):
        self._carry_out(url)

    def dispatchWithNotification(self, url, _arguments, listener):
        text, good = self._carry_out(url)
        if listener is not None:
            event = DispatchResultEvent()
            event.Source = self
            event.State = 1 if good else 0  # DispatchResultState SUCCESS, FAILURE
            event.Result = text
            listener.dispatchFinished(event)

    def _carry_out(self, url):
        """Run one entry; its message is shown where there is a window, and answered."""
        name = url.Complete[len(PROTOCOL) :]
        try:
            text, good = self._run(name, RUNS[name])
        except invval_bridge.Refused as refusal:
            text, good = str(refusal), False
        except invval_bridge.Unanswered as error:
            text, good = f"Nothing was changed: {error}", False
        except invval_main_thread.Busy as error:
            text, good = f"Nothing was changed. {error}", False
        except Exception as fault:
            text, good = f"The document is as it was: {type(fault).__name__}: {fault}", False
        Shared.told = text
        try:
            self.main_thread.run(lambda: self._afterwards(text, good))
        except Exception as fault:  # the answer stands, whatever its window does
            bridge(self.context).fault = f"{type(fault).__name__}: {fault}"
        return text, good

    def _afterwards(self, text, good):
        """Cells that asked during the run ask again; the message is shown."""
        way = bridge(self.context)
        if way.missed:
            way.missed = False
            documents = self._desktop().Components.createEnumeration()
            while documents.hasMoreElements():
                document = documents.nextElement()
                if document.supportsService(_SPREADSHEET):
                    document.calculateAll()
        if text:
            self._show(text, good)

    def _desktop(self):
        create = self.context.ServiceManager.createInstanceWithContext
        return create("com.sun.star.frame.Desktop", self.context)

    def _run(self, name, entry):
        way = bridge(self.context)
        if name == "last_error" and way.fault:
            return way.fault, True
        if not entry["needs_book"]:
            facts = {"settings": settings(self.context)}
            answer = way.run(name, facts)
            return self.main_thread.run(lambda: self._finished(answer, None))
        import invval_papers

        document = self.frame.getController().getModel() if self.frame else None
        if document is None or not document.supportsService(_SPREADSHEET):
            return "Open a workbook first.", False
        indicator = self.frame.createStatusIndicator()
        indicator.start("invval", 100)

        def progress(step, share):
            indicator.setText(f"invval: {step}")
            indicator.setValue(int(100 * share))

        try:
            with tempfile.TemporaryDirectory(prefix="invval-") as folder:
                facts = invval_papers.as_file(document, folder)
                answer = way.run(name, facts, progress)
                return self.main_thread.run(lambda: self._finished(answer, document))
        finally:
            indicator.end()

    def _finished(self, answer, document):
        import invval_papers

        text = answer["text"]
        desktop = self._desktop()
        if answer.get("papers"):
            told = invval_papers.bring_in(desktop, document, answer["papers"], answer["names"])
            text = f"{text}\n{told}" if told else text
        if answer.get("open"):
            invval_papers.open_read_only(desktop, answer["open"])
        return text, True

    def _show(self, text, good):
        window = self.frame.getContainerWindow() if self.frame else None
        if window is None or not window.isVisible():
            return
        kind = uno.Enum("com.sun.star.awt.MessageBoxType", "INFOBOX" if good else "WARNINGBOX")
        box = window.getToolkit().createMessageBox(window, kind, 1, "invval", text)
        box.execute()
        box.dispose()


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the loader's own name
g_ImplementationHelper.addImplementation(Functions, FUNCTIONS_SERVICE, (FUNCTIONS_SERVICE,))
g_ImplementationHelper.addImplementation(
    Menu, MENU_SERVICE, (MENU_SERVICE, "com.sun.star.frame.ProtocolHandler")
)
