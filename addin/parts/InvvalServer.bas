Attribute VB_Name = "InvvalServer"
Option Explicit

' The Python process, held for as long as Excel runs: asking xlwings for it anew reads some
' fifteen settings from sheets and files, once a cell.
Private held As Object

Public Function InvvalPython() As Object
    Dim answer As Variant
    If held Is Nothing Then
        XLPyLoadDLL
        If XLPyDLLActivateAuto(answer, InvvalCommand(), 1) <> 0 Then
            Err.Raise vbObjectError + 514, "invval", CStr(answer)
        End If
        Set held = answer
    End If
    Set InvvalPython = held
End Function

' Whether a process is held: one that died is asked for again, one that never came is not.
Public Function InvvalHeld() As Boolean
    InvvalHeld = Not held Is Nothing
End Function

Public Sub InvvalForget()
    Set held = Nothing
End Sub

Public Sub InvvalStop()
    Dim unused As Variant
    Set held = Nothing
    XLPyLoadDLL
    If XLPyDLLActivateAuto(unused, InvvalCommand(), -1) <> 0 Then
        Err.Raise vbObjectError + 515, "invval", CStr(unused)
    End If
End Sub

' xlwings' own command, with our light start before it: pandas stays unloaded until a run needs it.
Private Function InvvalCommand() As String
    InvvalCommand = Replace(XLPyCommand(), "import xlwings.utils;", _
        "import invval_xl.hosts.com.lean_server;import xlwings.utils;", 1, 1)
End Function
