Attribute VB_Name = "InvvalHost"
Option Explicit

Private Const FUNCTIONS_MODULE As String = "invval_xl.hosts.com.udfs"
Private Const RIBBON_MODULE As String = "invval_xl.hosts.com.ribbon"
Private fault As String

' Every worksheet function comes through here. Errors reach the cell as real error values; the
' sentence behind them is kept for Last error.
Public Function InvvalCall(ByVal functionName As String, ByVal given As Variant) As Variant
    Dim answer As Variant, values As Variant, again As Boolean, ready As Boolean, reason As String
    On Error GoTo failed
    values = InvvalValues(given)
    ready = True
    fault = ""
retry:
    answer = InvvalPython().CallUDF(FUNCTIONS_MODULE, functionName, values)
    InvvalCall = InvvalMarks(answer)
    Exit Function
failed:
    reason = Err.Description
    If ready And Not again And InvvalHeld() Then
        ' The held process may have been closed: ask for it once more.
        again = True
        InvvalForget
        Resume retry
    End If
    fault = functionName & " could not be computed: " & reason
    InvvalCall = CVErr(xlErrValue)
End Function

' Ranges become their values (dates as numbers); whole columns and rows end where the sheet does.
Private Function InvvalValues(ByVal given As Variant) As Variant
    Dim at As Long, lastRow As Long, lastColumn As Long, cells As Range, values() As Variant
    ReDim values(LBound(given) To UBound(given))
    For at = LBound(given) To UBound(given)
        If IsObject(given(at)) Then
            Set cells = given(at)
            If cells.Rows.Count = cells.Worksheet.Rows.Count Then
                With cells.Worksheet.UsedRange
                    If .Row + .Rows.Count - 1 > lastRow Then lastRow = .Row + .Rows.Count - 1
                End With
            End If
            If cells.Columns.Count = cells.Worksheet.Columns.Count Then
                With cells.Worksheet.UsedRange
                    If .Column + .Columns.Count - 1 > lastColumn Then lastColumn = .Column + .Columns.Count - 1
                End With
            End If
        End If
    Next at
    For at = LBound(given) To UBound(given)
        If IsObject(given(at)) Then
            Set cells = given(at)
            If cells.Areas.Count > 1 Then
                Err.Raise vbObjectError + 516, "invval", "an argument is a range of several areas; give one block of cells."
            End If
            If lastRow > 0 And cells.Rows.Count = cells.Worksheet.Rows.Count Then
                Set cells = cells.Resize(lastRow, cells.Columns.Count)
            End If
            If lastColumn > 0 And cells.Columns.Count = cells.Worksheet.Columns.Count Then
                Set cells = cells.Resize(cells.Rows.Count, lastColumn)
            End If
            values(at) = cells.Value2
        Else
            values(at) = given(at)
        End If
    Next at
    InvvalValues = values
End Function

' Whole numbers are marks (results are floating point or text): each becomes its error value.
Private Function InvvalMarks(ByVal answer As Variant) As Variant
    Dim i As Long, j As Long
    If Not IsArray(answer) Then
        If VarType(answer) = vbLong Or VarType(answer) = vbInteger Then
            InvvalMarks = CVErr(CLng(answer))
        Else
            InvvalMarks = answer
        End If
        Exit Function
    End If
    If InvvalDimensions(answer) = 1 Then
        For i = LBound(answer) To UBound(answer)
            If VarType(answer(i)) = vbLong Or VarType(answer(i)) = vbInteger Then answer(i) = CVErr(CLng(answer(i)))
        Next i
    Else
        For i = LBound(answer, 1) To UBound(answer, 1)
            For j = LBound(answer, 2) To UBound(answer, 2)
                If VarType(answer(i, j)) = vbLong Or VarType(answer(i, j)) = vbInteger Then answer(i, j) = CVErr(CLng(answer(i, j)))
            Next j
        Next i
    End If
    InvvalMarks = answer
End Function

Private Function InvvalDimensions(ByRef answer As Variant) As Long
    Dim upper As Long
    On Error GoTo flat
    upper = UBound(answer, 2)
    InvvalDimensions = 2
    Exit Function
flat:
    InvvalDimensions = 1
End Function

' One ribbon run: Python does the work and answers with a message and its weight.
Public Sub InvvalRun(ByVal runName As String, ByVal needsBook As Boolean)
    Dim answer As Variant, cancelKey As Long, style As Long, reason As String
    If needsBook And ActiveWorkbook Is Nothing Then
        MsgBox "Open the inventory workbook first.", vbExclamation, "invval"
        Exit Sub
    End If
    cancelKey = Application.EnableCancelKey
    On Error GoTo failed
    Application.EnableCancelKey = xlDisabled
    InvvalAwake
    If needsBook Then
        answer = InvvalPython().CallUDF(RIBBON_MODULE, runName, Array(), ActiveWorkbook)
    Else
        answer = InvvalPython().CallUDF(RIBBON_MODULE, runName, Array())
    End If
    Application.EnableCancelKey = cancelKey
    style = vbInformation
    If answer(LBound(answer) + 1) <> "info" Then style = vbExclamation
    If Len(answer(LBound(answer))) > 0 Then MsgBox answer(LBound(answer)), style, "invval"
    Exit Sub
failed:
    reason = Err.Description
    Application.EnableCancelKey = cancelKey
    Application.StatusBar = False
    Application.ScreenUpdating = True
    Application.Interactive = True
    MsgBox "This run could not be completed: " & reason & vbCrLf & _
        "If it says so again: invval addin doctor names the fault and the mend.", vbExclamation, "invval"
End Sub

' A held process that was closed is given up here, before a run begins its work.
Private Sub InvvalAwake()
    Dim answer As Variant
    If Not InvvalHeld() Then Exit Sub
    On Error GoTo gone
    answer = InvvalPython().CallUDF(RIBBON_MODULE, "awake", Array())
    Exit Sub
gone:
    InvvalForget
End Sub

' Where Python itself could not be reached, only this side knows the reason.
Public Sub InvvalShowLastError()
    If Len(fault) > 0 Then
        MsgBox fault, vbInformation, "invval"
    Else
        InvvalRun "last_error", False
    End If
End Sub

Public Sub InvvalRestart()
    On Error GoTo failed
    InvvalStop
    MsgBox "Python is stopped; the next function or run starts it afresh.", vbInformation, "invval"
    Exit Sub
failed:
    MsgBox "Python could not be stopped: " & Err.Description, vbExclamation, "invval"
End Sub
